"""What the bot says to Binance: every leg explicit, every number plain, every name legal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import CancelOrder
from bot_trading.domain.order import (
    Order,
    OrderIntent,
    OrderOrigin,
    OrderPurpose,
    OrderSide,
    OrderStatus,
    OrderType,
    TimeInForce,
    TriggerBy,
)
from bot_trading.domain.reports import StopKind
from bot_trading.exchanges.binance import requests
from tests.builders.intents import intent as bybit_intent

LONG = LegId("binance", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("binance", "BTCUSDT", PositionIdx.SHORT)


def intent(**changes: Any) -> OrderIntent:
    """A market order that opens the long leg."""
    return bybit_intent(**({"leg_id": LONG} | changes))


def test_a_market_order_names_its_leg_and_nothing_that_hedge_mode_refuses() -> None:
    """positionSide with the side; never reduceOnly, price or time in force."""
    params = requests.create_params(intent())
    assert params == {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "positionSide": "LONG",
        "type": "MARKET",
        "quantity": "0.010",
        "newClientOrderId": "ours-1",
        "newOrderRespType": "ACK",
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }
    closing = requests.create_params(intent(leg_id=SHORT, reduce_only=True))
    assert (closing["side"], closing["positionSide"]) == ("BUY", "SHORT")
    assert "reduceOnly" not in closing


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "GTC"),
        ({"time_in_force": TimeInForce.IOC}, "IOC"),
        ({"time_in_force": TimeInForce.FOK}, "FOK"),
        ({"post_only": True}, "GTX"),
    ],
)
def test_limit_orders_carry_price_and_time_in_force(changes: dict[str, Any], word: str) -> None:
    """Post-only is a time in force there."""
    params = requests.create_params(
        intent(order_type=OrderType.LIMIT, price=Decimal("6E+4"), **changes)
    )
    assert (params["price"], params["timeInForce"]) == ("60000", word)


@pytest.mark.parametrize(
    ("side", "leg", "trigger", "word"),
    [
        (OrderSide.BUY, LONG, "61000", "STOP_MARKET"),
        (OrderSide.BUY, LONG, "59000", "TAKE_PROFIT_MARKET"),
        (OrderSide.SELL, SHORT, "59000", "STOP_MARKET"),
        (OrderSide.SELL, SHORT, "61000", "TAKE_PROFIT_MARKET"),
    ],
)
def test_the_word_of_a_conditional_order_is_the_way_of_the_price(
    side: OrderSide, leg: LegId, trigger: str, word: str
) -> None:
    """A stop waits for the price to go on, a take profit for it to come back."""
    params = requests.conditional_params(
        intent(
            side=side,
            leg_id=leg,
            order_type=OrderType.STOP_MARKET,
            trigger_price=Decimal(trigger),
            trigger_by=TriggerBy.MARK,
        )
    )
    assert (params["type"], params["workingType"]) == (word, "MARK_PRICE")
    assert (params["algoType"], params["clientAlgoId"]) == ("CONDITIONAL", "ours-1")


def test_stops_close_their_leg_at_the_market() -> None:
    """The long leg's by selling, the short leg's by buying."""
    for leg, side in ((LONG, "SELL"), (SHORT, "BUY")):
        for kind, word in (
            (StopKind.STOP_LOSS, "STOP_MARKET"),
            (StopKind.TAKE_PROFIT, "TAKE_PROFIT_MARKET"),
        ):
            params = requests.stop_params(leg, kind, Decimal(59_000), Decimal("0.1"), "sl-1")
            assert (params["side"], params["type"]) == (side, word)
            assert params["positionSide"] == leg.position_idx.name
            assert params["workingType"] == "CONTRACT_PRICE"


def test_contradictions_of_ours_are_raised() -> None:
    """What no exchange could carry out as it is meant never leaves."""
    for changes in (
        {"order_type": OrderType.LIMIT},
        {"side": OrderSide.SELL, "reduce_only": True, "stop_loss": Decimal(1)},
    ):
        with pytest.raises(ValueError, match="ours-1"):
            requests.create_params(intent(**changes))
    with pytest.raises(ValueError, match="trigger"):
        requests.conditional_params(intent(order_type=OrderType.STOP_MARKET))
    nameless = CancelOrder(leg_id=LONG, client_order_id="", exchange_order_id=None)
    with pytest.raises(ValueError, match="named by"):
        requests.cancel_params(nameless)


def order(**changes: Any) -> Order:
    """A resting limit order."""
    parts: dict[str, Any] = {
        "client_order_id": "ours-1",
        "leg_id": LONG,
        "side": OrderSide.BUY,
        "order_type": OrderType.LIMIT,
        "quantity": Decimal("0.010"),
        "price": Decimal(60_000),
        "status": OrderStatus.ACCEPTED,
        "origin": OrderOrigin.BOT,
        "purpose": OrderPurpose.ENTRY,
    }
    return Order(**(parts | changes))


def test_an_amendment_names_quantity_and_price_anew() -> None:
    """Binance wants both; what does not change is the order's own."""
    params = requests.amend_params(order(), None, Decimal("59999.5"))
    assert (params["quantity"], params["price"]) == ("0.010", "59999.5")
    params = requests.amend_params(order(), Decimal("0.02"), None)
    assert (params["quantity"], params["price"]) == ("0.02", "60000")
    with pytest.raises(ValueError, match="price"):
        requests.amend_params(order(price=None), Decimal("0.02"), None)


def test_orders_are_named_by_our_id_first() -> None:
    """Only what others made has to be named by the exchange's id."""
    ours = CancelOrder(leg_id=LONG, client_order_id="ours-1", exchange_order_id="7")
    theirs = CancelOrder(leg_id=LONG, client_order_id="", exchange_order_id="7")
    assert requests.cancel_params(ours)["origClientOrderId"] == "ours-1"
    assert requests.cancel_params(theirs)["orderId"] == "7"
    assert requests.algo_cancel_params(ours) == {"clientAlgoId": "ours-1"}
    assert requests.algo_cancel_params(theirs) == {"algoId": "7"}


def test_what_rests_gives_way_to_what_takes() -> None:
    """Our two legs never trade with each other, and what closes is never the one that expires."""
    for changes in ({}, {"leg_id": SHORT, "reduce_only": True}):
        params = requests.create_params(intent(**changes))
        assert params["selfTradePreventionMode"] == "EXPIRE_MAKER"
