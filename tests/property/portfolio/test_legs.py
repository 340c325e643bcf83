"""Legs from any row of fills: sums, exact results, and no influence on the other leg."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import LegId
from bot_trading.domain.order import OrderSide
from bot_trading.domain.position import PositionLeg
from bot_trading.portfolio.audit import fills_differences, net_result
from bot_trading.portfolio.legs import (
    LifeBooked,
    apply_fill,
    apply_in_order,
    unrealized_pnl,
)
from tests.builders.core import LONG, NOW_US, SHORT, a_fill

_CHECKED = settings(deadline=None, print_blob=True, max_examples=200)
# Prices and steps from SHIB to BTC, quantities up to a hundred million units.
_PRICES = st.one_of(
    st.decimals("0.1", "200000", places=1), st.decimals("0.00000001", "0.01", places=8)
)
_QUANTITIES = st.one_of(st.decimals("0.001", "1000", places=3), st.integers(1, 10**8).map(Decimal))
_MOVES = st.lists(
    st.tuples(st.sampled_from([LONG, SHORT]), st.booleans(), _QUANTITIES, _PRICES), max_size=25
)


def _fills(moves: list[tuple[LegId, bool, Decimal, Decimal]]) -> list[Fill]:
    """Executions that an exchange could report: closes are cut to what their leg holds."""
    held = {LONG: Decimal(0), SHORT: Decimal(0)}
    fills = []
    for n, (leg_id, opens, wanted, price) in enumerate(moves):
        quantity = wanted if opens else min(wanted, held[leg_id])
        if quantity == 0:
            continue
        held[leg_id] += quantity if opens else -quantity
        side = OrderSide.BUY if opens == leg_id.is_long else OrderSide.SELL
        fill = a_fill(
            trade_id=f"t-{n}",
            leg_id=leg_id,
            side=side,
            last_qty=quantity,
            last_px=price,
            commission=(quantity * price * Decimal("0.00055")).quantize(Decimal("1e-8")),
            ts_event_us=NOW_US + n,
        )
        fills.append(fill)
    return fills


@_CHECKED
@given(moves=_MOVES)
def test_legs_are_the_sum_of_their_fills_and_touch_nobody_else(
    moves: list[tuple[LegId, bool, Decimal, Decimal]],
) -> None:
    """Never negative, cost above zero only while something is held, commission summed exactly."""
    legs = {leg_id: PositionLeg(leg_id=leg_id) for leg_id in (LONG, SHORT)}
    fills = _fills(moves)
    for fill in fills:
        other = SHORT if fill.leg_id == LONG else LONG
        before = legs[other]
        legs[fill.leg_id] = apply_fill(legs[fill.leg_id], fill)
        assert legs[other] is before
        leg = legs[fill.leg_id]
        assert leg.quantity >= 0
        assert (leg.entry_value == 0) is leg.is_flat or leg.entry_value > 0
    assert fills_differences(fills, legs) == ()
    for leg_id, leg in legs.items():
        mine = [fill for fill in fills if fill.leg_id == leg_id]
        assert leg.commission == sum((fill.commission for fill in mine), Decimal(0))


@_CHECKED
@given(
    leg_id=st.sampled_from([LONG, SHORT]),
    opened=st.lists(st.tuples(st.integers(1, 10**6), _PRICES), min_size=1, max_size=6),
    cuts=st.lists(st.tuples(st.integers(1, 10**6), _PRICES), min_size=1, max_size=6),
)
def test_from_flat_to_flat_the_result_is_exactly_exit_less_entry(
    leg_id: LegId, opened: list[tuple[int, Decimal]], cuts: list[tuple[int, Decimal]]
) -> None:
    """However the exits are cut, not a digit is lost, with the sign of the leg."""
    sign = 1 if leg_id.is_long else -1
    opens, closes = (
        (OrderSide.BUY, OrderSide.SELL) if leg_id.is_long else (OrderSide.SELL, OrderSide.BUY)
    )
    leg = PositionLeg(leg_id=leg_id)
    entry = exit_ = Decimal(0)
    for quantity, price in opened:
        size = Decimal(quantity) / 1000
        leg = apply_fill(leg, a_fill(leg_id=leg_id, side=opens, last_qty=size, last_px=price))
        entry += size * price
    for n, (quantity, price) in enumerate(cuts):
        is_last = n == len(cuts) - 1
        size = leg.quantity if is_last else min(Decimal(quantity) / 1000, leg.quantity)
        if size:
            fill = a_fill(leg_id=leg_id, side=closes, last_qty=size, last_px=price)
            leg = apply_fill(leg, fill)
            exit_ += size * price
    assert leg.is_flat
    assert leg.entry_value == 0
    assert leg.realized_pnl == sign * (exit_ - entry)


@_CHECKED
@given(moves=_MOVES, mark=_PRICES)
def test_realised_and_open_profit_together_are_the_cash_that_flowed(
    moves: list[tuple[LegId, bool, Decimal, Decimal]], mark: Decimal
) -> None:
    """Selling everything at the mark would leave exactly that, before fees."""
    legs = {leg_id: PositionLeg(leg_id=leg_id) for leg_id in (LONG, SHORT)}
    cash = Decimal(0)
    for fill in _fills(moves):
        legs[fill.leg_id] = apply_fill(legs[fill.leg_id], fill)
        value = fill.last_qty * fill.last_px
        cash += value if fill.side is OrderSide.SELL else -value
    worth = legs[LONG].quantity * mark - legs[SHORT].quantity * mark
    open_pnl = sum((unrealized_pnl(leg, mark) for leg in legs.values()), Decimal(0))
    fees = sum((leg.commission for leg in legs.values()), Decimal(0))
    assert abs(net_result(legs.values()) + fees + open_pnl - (cash + worth)) < Decimal("1e-9")


def _booked(fills: list[Fill]) -> PositionLeg | None:
    """The leg after fills as they are told; None where that makes no single life of it."""
    leg = PositionLeg(leg_id=fills[0].leg_id)
    life = LifeBooked(before=leg)
    for fill in fills:
        is_over = leg.is_flat and leg.episode > 0
        if is_over or (not fill.is_opening and fill.last_qty > leg.quantity):
            return None
        leg = apply_in_order(leg, fill, life)
    return leg


# Most orders of many fills are no single life: those that are left are enough.
@settings(_CHECKED, suppress_health_check=[HealthCheck.filter_too_much])
@given(moves=_MOVES, data=st.data())
def test_the_order_in_which_fills_are_told_changes_no_leg(
    moves: list[tuple[LegId, bool, Decimal, Decimal]], data: st.DataObject
) -> None:
    """Cost, result and average are those of the exchange's time, to the last decimal, also where
    the leg was flat between fills that were told as one life."""
    fills = [fill for fill in _fills(moves) if fill.leg_id == LONG]
    assume(len(fills) > 1)
    in_order = PositionLeg(leg_id=LONG)
    for fill in fills:
        in_order = apply_fill(in_order, fill)
    told = _booked(data.draw(st.permutations(fills)))
    assume(told is not None)
    assert told is not None
    if in_order.episode == 1:
        assert told == in_order
    assert (told.quantity, told.entry_value) == (in_order.quantity, in_order.entry_value)
    assert net_result([told]) == net_result([in_order])
