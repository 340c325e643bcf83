"""Sums of notionals move with each change."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.risk.exposure import Exposure
from tests.builders.core import BTC, LONG, SHORT, d
from tests.builders.core_sums import check_exposure

_LEGS = st.builds(
    LegId,
    st.sampled_from(["bybit", "okx"]),
    st.sampled_from(["BTCUSDT", "ETHUSDT"]),
    st.sampled_from([PositionIdx.LONG, PositionIdx.SHORT]),
)
_CHANGES = st.lists(st.tuples(_LEGS, st.decimals(-(10**9), 10**9, places=8)), max_size=40)


def test_both_legs_count_for_their_instrument_and_not_for_each_other() -> None:
    """Gross: a short leg adds to a position as a long one does."""
    kept = Exposure()
    kept.move(LONG, d(100))
    kept.move(SHORT, d(30))
    assert (kept.of_leg(LONG), kept.of_leg(SHORT), kept.of_position(BTC)) == (100, 30, 130)
    assert kept.of_side("bybit", PositionIdx.SHORT) == 30
    assert kept.of_exchange("okx") == kept.of_symbol("ETHUSDT") == 0


@settings(deadline=None, print_blob=True, max_examples=60)
@given(changes=_CHANGES)
def test_every_sum_is_the_sum_of_its_changes(changes: list[tuple[LegId, Decimal]]) -> None:
    """To the last digit, in whatever order they came."""
    kept = Exposure()
    for leg_id, change in changes:
        kept.move(leg_id, change)
    by_leg: dict[LegId, Decimal] = {}
    for leg_id, change in changes:
        by_leg[leg_id] = by_leg.get(leg_id, Decimal(0)) + change
    check_exposure(kept, by_leg)
