"""Levels for any price, tick and distance."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import LegProtection, PositionLeg, is_looser
from bot_trading.domain.signal import BarrierSpec
from bot_trading.sltp.bracket import bracket, missing_protection, widened_never
from tests.builders.core import LONG, SHORT, an_instrument

_CHECKED = settings(deadline=None, print_blob=True, max_examples=200)
_LEGS = st.sampled_from([LONG, SHORT])
_STOPS = st.one_of(st.none(), st.decimals("1", "100", places=1))


@_CHECKED
@given(
    leg_id=_LEGS,
    price=st.decimals("0.0001", "200000", places=4),
    tick=st.sampled_from([Decimal(t) for t in ("0.0001", "0.01", "0.1", "0.5", "25")]),
    stop=st.decimals("0.0005", "0.5", places=4),
    target=st.decimals("0.0005", "0.5", places=4),
)
def test_levels_lie_on_their_own_sides_and_never_further_than_decided(
    leg_id: LegId, price: Decimal, tick: Decimal, stop: Decimal, target: Decimal
) -> None:
    """On the tick grid, at most the distance away, less than one tick nearer than it."""
    spec = BarrierSpec(stop_ratio=stop, target_ratio=target, horizon_s=60)
    levels = bracket(spec, leg_id, price, an_instrument(tick_size=tick))
    if levels is None:
        assert price * min(stop, target) < tick or price <= tick
        return
    assert levels.stop_loss is not None
    assert levels.take_profit is not None
    sign = 1 if leg_id.is_long else -1
    risked, wanted = sign * (price - levels.stop_loss), sign * (levels.take_profit - price)
    assert 0 < risked <= price * stop < risked + tick
    assert 0 < wanted <= price * target < wanted + tick
    assert levels.stop_loss % tick == levels.take_profit % tick == 0


@_CHECKED
@given(leg_id=_LEGS, stops=st.lists(st.tuples(_STOPS, _STOPS), min_size=1, max_size=10))
def test_through_any_row_of_entries_the_wanted_stop_only_tightens(
    leg_id: LegId, stops: list[tuple[Decimal | None, Decimal | None]]
) -> None:
    """And the first target stays."""
    current: LegProtection | None = None
    for stop, target in stops:
        new = LegProtection(leg_id=leg_id, stop_loss=stop, take_profit=target)
        after = widened_never(new, current)
        if current is not None:
            assert not is_looser(leg_id, after.stop_loss, current.stop_loss)
            assert current.take_profit in (None, after.take_profit)
        current = after


@_CHECKED
@given(leg_id=_LEGS, wanted=st.tuples(_STOPS, _STOPS), rests=st.tuples(_STOPS, _STOPS))
def test_what_is_asked_for_never_loosens_what_rests(
    leg_id: LegId,
    wanted: tuple[Decimal | None, Decimal | None],
    rests: tuple[Decimal | None, Decimal | None],
) -> None:
    """After it was set nothing is missing any more: asking once is enough."""
    leg = PositionLeg(leg_id=leg_id, quantity=Decimal(1), entry_value=Decimal(50))
    goal = LegProtection(leg_id=leg_id, stop_loss=wanted[0], take_profit=wanted[1])
    resting = LegProtection(leg_id=leg_id, stop_loss=rests[0], take_profit=rests[1])
    asked = missing_protection(leg, goal, resting)
    if asked is not None:
        assert not is_looser(leg_id, asked.stop_loss, resting.stop_loss)
        assert missing_protection(leg, goal, asked) is None
    else:
        assert not is_looser(leg_id, resting.stop_loss, goal.stop_loss)
