"""What the bot says to OKX."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderSide, OrderType, TimeInForce
from bot_trading.exchanges.okx import requests
from bot_trading.exchanges.okx.requests import Stops
from tests.builders.intents import intent

LONG = LegId("okx", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("okx", "BTCUSDT", PositionIdx.SHORT)
SWAP = "BTC-USDT-SWAP"


def created(size: str = "1", **changes: Any) -> dict[str, Any]:
    """The body of an order, decoded."""
    order = intent("ours1", leg_id=changes.pop("leg_id", LONG), **changes)
    body: dict[str, Any] = json.loads(requests.create_body(order, SWAP, "cross", Decimal(size)))
    return body


def test_a_market_order_names_its_leg_and_counts_contracts() -> None:
    """Nothing that decides is left to OKX's defaults."""
    assert created() == {
        "instId": SWAP,
        "tdMode": "cross",
        "side": "buy",
        "posSide": "long",
        "ordType": "market",
        "sz": "1",
        "clOrdId": "ours1",
    }


@pytest.mark.parametrize(
    ("leg_id", "side", "closes", "words"),
    [
        (LONG, OrderSide.BUY, False, ("buy", "long")),
        (LONG, OrderSide.SELL, True, ("sell", "long")),
        (SHORT, OrderSide.SELL, False, ("sell", "short")),
        (SHORT, OrderSide.BUY, True, ("buy", "short")),
    ],
)
def test_side_and_leg_travel_together(
    leg_id: LegId, side: OrderSide, closes: bool, words: tuple[str, str]
) -> None:
    """An exit of one leg can never open the other."""
    body = created(leg_id=leg_id, side=side, reduce_only=closes)
    assert (body["side"], body["posSide"]) == words


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "limit"),
        ({"post_only": True}, "post_only"),
        ({"time_in_force": TimeInForce.IOC}, "ioc"),
        ({"time_in_force": TimeInForce.FOK}, "fok"),
    ],
)
def test_a_limit_order_says_how_long_it_lives(changes: dict[str, Any], word: str) -> None:
    """OKX's order type holds our time in force."""
    body = created(order_type=OrderType.LIMIT, price=Decimal("60000.5"), **changes)
    assert (body["ordType"], body["px"]) == (word, "60000.5")


def test_numbers_are_plain() -> None:
    """No exponent, whatever the size."""
    body = created("1E-7", order_type=OrderType.LIMIT, price=Decimal("1E+5"))
    assert (body["sz"], body["px"]) == ("0.0000001", "100000")


def test_an_entry_carries_its_stops() -> None:
    """Both prices, watched by the last trade, executed at the market, named after the entry."""
    body = created(stop_loss=Decimal(59000), take_profit=Decimal(62000))
    assert body["attachAlgoOrds"] == [
        {
            "attachAlgoClOrdId": "sl000000eours1",
            "slTriggerPx": "59000",
            "slTriggerPxType": "last",
            "slOrdPx": "-1",
            "tpTriggerPx": "62000",
            "tpTriggerPxType": "last",
            "tpOrdPx": "-1",
        }
    ]


def test_contradictions_of_ours_are_refused_before_the_network() -> None:
    """A closing order with protection, a limit without its price."""
    with pytest.raises(ValueError, match="cannot carry protection"):
        created(side=OrderSide.SELL, reduce_only=True, stop_loss=Decimal(1))
    with pytest.raises(ValueError, match="needs a price"):
        created(order_type=OrderType.LIMIT)


def test_an_amendment_names_only_what_changes() -> None:
    """What is not named stays as it is."""
    parts: dict[str, Any] = {
        "size": None,
        "price": None,
        "attached": "ours1a",
        "stop_loss": None,
        "take_profit": None,
    }
    name = {"clOrdId": "ours1"}

    def body(**changes: Any) -> Any:
        return json.loads(requests.amend_body(SWAP, name, **(parts | changes)))

    assert body() == {"instId": SWAP, "clOrdId": "ours1"}
    assert body(size=Decimal(2), price=Decimal(5)) == {
        "instId": SWAP,
        "clOrdId": "ours1",
        "newSz": "2",
        "newPx": "5",
    }
    attached = body(stop_loss=Decimal(7))["attachAlgoOrds"]
    assert [(row["attachAlgoClOrdId"], row["newSlTriggerPx"]) for row in attached] == [
        ("ours1a", "7")
    ]


@pytest.mark.parametrize(
    ("stops", "kind"),
    [
        (Stops(stop_loss=Decimal(1), take_profit=Decimal(2)), "oco"),
        (Stops(stop_loss=Decimal(1), take_profit=None), "conditional"),
        (Stops(stop_loss=None, take_profit=Decimal(2)), "conditional"),
    ],
)
def test_stops_for_a_whole_leg(stops: Stops, kind: str) -> None:
    """One order holds both prices, closes all of the leg and belongs to it alone."""
    body = json.loads(requests.stops_body(SHORT, SWAP, "isolated", stops, None, "sl1"))
    assert (body["ordType"], body["closeFraction"]) == (kind, "1")
    assert (body["side"], body["posSide"], body["tdMode"]) == ("buy", "short", "isolated")
    assert "sz" not in body
    assert body["algoClOrdId"] == "sl1"
    assert ("slTriggerPx" in body, "tpTriggerPx" in body) == stops.shape


def test_a_sized_stop_ends_with_its_leg() -> None:
    """What bridges a change never outlives the leg."""
    stops = Stops(stop_loss=Decimal(1), take_profit=None)
    body = json.loads(requests.stops_body(LONG, SWAP, "cross", stops, Decimal("1.5"), "sl1"))
    assert (body["sz"], body["cxlOnClosePos"], body["side"]) == ("1.5", True, "sell")
    assert "closeFraction" not in body


def test_an_amended_stop_is_never_canceled_for_failing() -> None:
    """A price that OKX refuses leaves the old stop where it is."""
    stops = Stops(stop_loss=Decimal(1), take_profit=None)
    body = json.loads(requests.amend_algo_body(SWAP, "7", stops))
    assert body == {
        "instId": SWAP,
        "algoId": "7",
        "cxlOnFail": False,
        "newSlTriggerPx": "1",
        "newSlTriggerPxType": "last",
        "newSlOrdPx": "-1",
    }


def test_leverage_and_cancels() -> None:
    """A leg is named for isolated margin only; stops are canceled by the list."""
    assert json.loads(requests.leverage_body(SWAP, "cross", Decimal(5), "")) == {
        "instId": SWAP,
        "lever": "5",
        "mgnMode": "cross",
    }
    isolated = json.loads(requests.leverage_body(SWAP, "isolated", Decimal(5), "long"))
    assert isolated["posSide"] == "long"
    assert json.loads(requests.cancel_algos_body(SWAP, ["1", "2"])) == [
        {"instId": SWAP, "algoId": "1"},
        {"instId": SWAP, "algoId": "2"},
    ]
    assert json.loads(requests.cancel_body(SWAP, {"ordId": "3"})) == {"instId": SWAP, "ordId": "3"}


def test_a_login_signs_the_seconds_and_the_path() -> None:
    """As the vendor's page says: time, GET, /users/self/verify."""
    signed: list[bytes] = []

    def sign(payload: bytes) -> str:
        signed.append(payload)
        return "signature"

    message = json.loads(requests.login_message("key", "phrase", sign, 1_795_000_000_999))
    assert signed == [b"1795000000GET/users/self/verify"]
    assert message == {
        "op": "login",
        "args": [
            {
                "apiKey": "key",
                "passphrase": "phrase",
                "timestamp": "1795000000",
                "sign": "signature",
            }
        ],
    }
