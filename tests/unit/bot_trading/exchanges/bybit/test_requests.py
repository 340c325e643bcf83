"""Bodies of requests: the leg always named, numbers always plain."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.messages import CancelOrder
from bot_trading.domain.order import (
    Order,
    OrderOrigin,
    OrderPurpose,
    OrderSide,
    OrderStatus,
    OrderType,
    TimeInForce,
    TriggerBy,
)
from bot_trading.domain.position import LegProtection, NativeTrailing
from bot_trading.exchanges.bybit import requests
from tests.builders.intents import LONG, SHORT, intent


def created(**changes: Any) -> dict[str, Any]:
    """The body of order/create for an intent with changes."""
    body: dict[str, Any] = json.loads(requests.create_body(intent(**changes)))
    return body


def test_a_market_entry_says_all_and_no_more() -> None:
    """Leg and reduceOnly are spelled out also where they are the default."""
    assert created() == {
        "category": "linear",
        "symbol": "BTCUSDT",
        "side": "Buy",
        "orderType": "Market",
        "qty": "0.010",
        "positionIdx": 1,
        "reduceOnly": False,
        "orderLinkId": "ours-1",
        "timeInForce": "IOC",
    }


def test_an_exit_of_all_names_no_quantity() -> None:
    """Quantity 0 with reduceOnly and closeOnTrigger closes whatever the leg holds."""
    whole = {"side": OrderSide.SELL, "reduce_only": True, "purpose": OrderPurpose.EXIT}
    body = created(**whole, closes_all=True, quantity=Decimal("0.0105"))
    assert (body["qty"], body["reduceOnly"], body["closeOnTrigger"]) == ("0", True, True)
    assert created(**whole)["qty"] == "0.010"


@pytest.mark.parametrize(
    ("leg", "side", "closes", "index"),
    [
        (LONG, OrderSide.BUY, False, 1),
        (LONG, OrderSide.SELL, True, 1),
        (SHORT, OrderSide.SELL, False, 2),
        (SHORT, OrderSide.BUY, True, 2),
    ],
)
def test_the_leg_comes_from_the_intent_alone(
    leg: Any, side: OrderSide, closes: bool, index: int
) -> None:
    """All four rows of the hedge table travel as they were meant."""
    body = created(leg_id=leg, side=side, reduce_only=closes)
    assert (body["positionIdx"], body["reduceOnly"]) == (index, closes)
    assert body["side"] == side.value.capitalize()


def test_protection_travels_with_the_entry() -> None:
    """Stop loss and take profit are attached for the whole leg, by last price."""
    body = created(stop_loss=Decimal("59000"), take_profit=Decimal("61000.5"))
    assert body["stopLoss"] == "59000"
    assert body["takeProfit"] == "61000.5"
    assert body["tpslMode"] == "Full"
    assert body["slTriggerBy"] == body["tpTriggerBy"] == "LastPrice"


def test_one_side_of_protection_names_only_itself() -> None:
    """A stop without a target sends no word about a target."""
    body = created(stop_loss=Decimal(59000))
    assert not {"takeProfit", "tpTriggerBy"} & set(body)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "GTC"),
        ({"time_in_force": TimeInForce.IOC}, "IOC"),
        ({"time_in_force": TimeInForce.FOK}, "FOK"),
        ({"post_only": True}, "PostOnly"),
    ],
)
def test_limit_orders_carry_price_and_time_in_force(changes: dict[str, Any], word: str) -> None:
    """Post-only is a time in force in Bybit's words."""
    body = created(order_type=OrderType.LIMIT, price=Decimal("60000.50"), **changes)
    assert (body["orderType"], body["price"], body["timeInForce"]) == ("Limit", "60000.50", word)


@pytest.mark.parametrize(("trigger", "direction"), [("61000", 1), ("59000", 2)])
def test_conditional_orders_know_where_the_price_comes_from(trigger: str, direction: int) -> None:
    """1 wakes on a rise and 2 on a fall, seen from the reference price."""
    body = created(
        order_type=OrderType.STOP_MARKET,
        trigger_price=Decimal(trigger),
        trigger_by=TriggerBy.MARK,
    )
    assert body["orderType"] == "Market"
    assert body["triggerDirection"] == direction
    assert (body["triggerPrice"], body["triggerBy"]) == (trigger, "MarkPrice")


@pytest.mark.parametrize(
    "changes",
    [
        {"side": OrderSide.SELL, "reduce_only": True, "stop_loss": Decimal(1)},
        {"order_type": OrderType.LIMIT},
        {"order_type": OrderType.STOP_MARKET},
        {"order_type": OrderType.STOP_LIMIT, "trigger_price": Decimal(1)},
    ],
)
def test_our_own_contradictions_are_not_sent(changes: dict[str, Any]) -> None:
    """An order that cannot mean anything is an error of ours, raised before the network."""
    with pytest.raises(ValueError, match="ours-1"):
        requests.create_body(intent(**changes))


@given(
    st.decimals(min_value="1e-12", max_value="1e12", allow_nan=False, allow_infinity=False).filter(
        lambda value: value > 0
    )
)
def test_numbers_travel_plain_and_exact(value: Decimal) -> None:
    """No exponent, and the same number when read back."""
    text = created(quantity=value)["qty"]
    assert set(text) <= set("0123456789.")
    assert Decimal(text) == value


def order(client_order_id: str = "ours-1", exchange_order_id: str | None = None) -> Order:
    """A resting limit order."""
    return Order(
        client_order_id=client_order_id,
        leg_id=LONG,
        side=OrderSide.BUY,
        order_type=OrderType.LIMIT,
        quantity=Decimal(1),
        status=OrderStatus.ACCEPTED,
        origin=OrderOrigin.BOT,
        purpose=OrderPurpose.ENTRY,
        exchange_order_id=exchange_order_id,
    )


def test_an_amendment_names_only_what_changes() -> None:
    """What is None stays out of the body."""
    body = json.loads(requests.amend_body(order(), Decimal("1E+1"), None, Decimal(5), None))
    assert body == {
        "category": "linear",
        "symbol": "BTCUSDT",
        "orderLinkId": "ours-1",
        "qty": "10",
        "stopLoss": "5",
    }


def test_orders_are_named_by_our_id_and_else_by_theirs() -> None:
    """A stop that the exchange made has no id of ours; an order without any id is our error."""
    ours = CancelOrder(leg_id=LONG, client_order_id="ours-1", exchange_order_id="theirs")
    theirs = CancelOrder(leg_id=LONG, client_order_id="", exchange_order_id="theirs")
    nobody = CancelOrder(leg_id=LONG, client_order_id="", exchange_order_id=None)
    assert json.loads(requests.cancel_body(ours))["orderLinkId"] == "ours-1"
    assert json.loads(requests.cancel_body(theirs))["orderId"] == "theirs"
    with pytest.raises(ValueError, match="client order id or its exchange order id"):
        requests.cancel_body(nobody)


def test_protection_sets_both_prices_of_one_leg() -> None:
    """None takes a resting price away, which Bybit spells 0."""
    body = json.loads(
        requests.protection_body(
            LegProtection(leg_id=SHORT, stop_loss=Decimal("61000"), take_profit=None)
        )
    )
    assert (body["positionIdx"], body["tpslMode"]) == (2, "Full")
    assert (body["stopLoss"], body["takeProfit"]) == ("61000", "0")
    assert not {"trailingStop", "activePrice"} & body.keys()


def test_a_trailing_stop_travels_beside_both_prices() -> None:
    """With its activation price, or without one: then it follows from the price of now."""
    trailing = NativeTrailing(distance=Decimal("400.0"), active_px=Decimal("61800.0"))
    wanted = LegProtection(
        leg_id=SHORT, stop_loss=Decimal(61000), take_profit=None, trailing=trailing
    )
    body = json.loads(requests.protection_body(wanted))
    assert (body["trailingStop"], body["activePrice"]) == ("400.0", "61800.0")
    at_once = replace(wanted, trailing=replace(trailing, active_px=None))
    assert json.loads(requests.protection_body(at_once)) == {
        name: value for name, value in body.items() if name != "activePrice"
    }


def test_leverage_is_the_same_for_both_legs() -> None:
    """Hedge mode in cross margin takes no other."""
    body = json.loads(requests.leverage_body("BTCUSDT", Decimal("5")))
    assert body["buyLeverage"] == body["sellLeverage"] == "5"


def test_an_exit_goes_before_other_closing_orders() -> None:
    """It is not cut by levels that rest; a level itself claims no such right."""
    closing = {"side": OrderSide.SELL, "reduce_only": True}
    assert created(purpose=OrderPurpose.EXIT, **closing)["closeOnTrigger"] is True
    assert "closeOnTrigger" not in created(purpose=OrderPurpose.TARGET, **closing)
