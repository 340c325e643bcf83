"""What an order must say of itself before it may exist."""

from __future__ import annotations

import pytest

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderSide, OrderStatus, OrderType
from tests.builders.core import LONG, SHORT, an_intent, an_order, d


def test_an_order_never_names_leg_zero() -> None:
    """Hedge mode knows legs 1 and 2; 0 belongs to one-way mode."""
    with pytest.raises(ValueError, match="leg 1 or 2, never 0"):
        an_intent(leg_id=LegId("bybit", "BTCUSDT", PositionIdx.ONE_WAY))


@pytest.mark.parametrize("field", ["quantity", "reference_px"])
@pytest.mark.parametrize("value", ["0", "-1"])
def test_quantity_and_reference_price_are_above_zero(field: str, value: str) -> None:
    """An order of nothing, or valued at nothing, is a mistake."""
    with pytest.raises(ValueError, match="above zero"):
        an_intent(**{field: d(value)})


@pytest.mark.parametrize(("length", "is_allowed"), [(0, False), (1, True), (36, True), (37, False)])
def test_a_client_order_id_has_one_to_36_characters(length: int, is_allowed: bool) -> None:
    """36 is what Bybit and Binance take."""
    if is_allowed:
        assert len(an_intent(client_order_id="a" * length).client_order_id) == length
    else:
        with pytest.raises(ValueError, match="1 to 36"):
            an_intent(client_order_id="a" * length)


@pytest.mark.parametrize(
    ("leg", "side", "reduce_only", "is_allowed"),
    [
        (LONG, OrderSide.BUY, False, True),
        (LONG, OrderSide.BUY, True, False),
        (LONG, OrderSide.SELL, True, True),
        (LONG, OrderSide.SELL, False, False),
        (SHORT, OrderSide.SELL, False, True),
        (SHORT, OrderSide.SELL, True, False),
        (SHORT, OrderSide.BUY, True, True),
        (SHORT, OrderSide.BUY, False, False),
    ],
)
def test_closing_is_reduce_only_and_opening_is_not(
    leg: LegId, side: OrderSide, reduce_only: bool, is_allowed: bool
) -> None:
    """Leg and side together tell whether it closes, and the flag must agree."""
    if is_allowed:
        assert an_intent(leg_id=leg, side=side, reduce_only=reduce_only).reduce_only is reduce_only
    else:
        with pytest.raises(ValueError, match="reduce-only"):
            an_intent(leg_id=leg, side=side, reduce_only=reduce_only)


def test_only_a_market_exit_closes_all() -> None:
    """A price or an opening side contradicts it."""
    exits = {"side": OrderSide.SELL, "reduce_only": True, "closes_all": True}
    assert an_intent(**exits).closes_all
    for changes in (
        {"closes_all": True},
        exits | {"order_type": OrderType.LIMIT, "price": d("50000")},
    ):
        with pytest.raises(ValueError, match="market exit"):
            an_intent(**changes)


def test_a_notional_is_quantity_times_reference_price() -> None:
    """Exactly, in Decimal."""
    assert an_intent(quantity=d("0.003"), reference_px=d("50000.1")).notional == d("150.0003")


@pytest.mark.parametrize("status", OrderStatus)
def test_a_live_order_keeps_quantity_equal_to_filled_plus_leaves(status: OrderStatus) -> None:
    """FIX 4.4: CumQty + LeavesQty = OrderQty while live, and nothing is left once terminal."""
    order = an_order(status=status, filled_qty=d("0.004"))
    if status.is_terminal:
        assert order.leaves_qty == 0
    else:
        assert order.filled_qty + order.leaves_qty == order.quantity


def test_four_statuses_are_terminal() -> None:
    """Filled, canceled, rejected and expired; UNKNOWN is not one of them."""
    terminal = {status for status in OrderStatus if status.is_terminal}
    assert terminal == {
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.REJECTED,
        OrderStatus.EXPIRED,
    }
