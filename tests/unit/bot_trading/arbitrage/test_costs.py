"""Fees, funding to the horizon, and the allowance for being late."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.arbitrage.costs import (
    FundingTerms,
    RoundTrips,
    expected_funding,
    fees_ratio,
    latency_ratio,
)

HOUR_US = 3_600_000_000


def _terms(rate: str, next_h: int = 8, every_h: int = 8) -> FundingTerms:
    return FundingTerms(
        rate=Decimal(rate), ts_next_us=next_h * HOUR_US, interval_us=every_h * HOUR_US
    )


@pytest.mark.parametrize(
    ("from_h", "until_h", "count"),
    [(0, 7, 0), (0, 8, 1), (8, 15, 0), (7, 24, 3), (8, 24, 2), (100, 104, 1), (9, 9, 0)],
)
def test_a_settlement_counts_for_who_holds_through_it(
    from_h: int, until_h: int, count: int
) -> None:
    """The settlement at the end counts, the one at the beginning was before."""
    assert _terms("0").settlements(from_h * HOUR_US, until_h * HOUR_US) == count


@given(cuts=st.lists(st.integers(0, 200), min_size=3, max_size=3), every_h=st.integers(1, 12))
def test_settlements_of_two_stretches_are_those_of_both(cuts: list[int], every_h: int) -> None:
    """A stretch cut in two has as many settlements as the whole."""
    early, middle, late = (each * HOUR_US for each in sorted(cuts))
    terms = _terms("0", next_h=8, every_h=every_h)
    parts = terms.settlements(early, middle) + terms.settlements(middle, late)
    assert parts == terms.settlements(early, late)


def test_the_long_side_pays_and_the_short_side_receives() -> None:
    """Above zero funding is a cost; exchanges may settle at different intervals."""
    long, short = _terms("0.0003"), _terms("0.0001", next_h=4, every_h=4)
    assert expected_funding(long, short, 0, 8 * HOUR_US) == Decimal("0.0001")
    assert expected_funding(short, long, 0, 8 * HOUR_US) == Decimal("-0.0001")
    assert expected_funding(long, short, 0, 3 * HOUR_US) == 0


def test_funding_without_an_interval_is_refused() -> None:
    """Terms that never settle again are no terms."""
    with pytest.raises(ValueError, match="above zero"):
        _terms("0", every_h=0)


def test_four_orders_pay_fees() -> None:
    """Both sides pay on the way in and on the way out."""
    assert fees_ratio(Decimal("0.00055"), Decimal("0.0005")) == Decimal("0.0021")


def test_lateness_grows_with_the_square_root_of_time() -> None:
    """Four times the round trip doubles the allowance; no time needs none."""
    assert latency_ratio(0, Decimal(2)) == 0
    assert latency_ratio(1_000_000, Decimal(2)) == Decimal("0.0002")
    assert latency_ratio(250_000, Decimal(2)) == Decimal("0.0001")


def test_round_trips_are_unknown_until_measured() -> None:
    """Fewer measurements than needed say nothing; then 19 of 20 lie within the answer."""
    trips = RoundTrips(kept=20, needed=3)
    for each in (100, 300):
        trips.add(each)
    assert trips.high_us() is None
    trips.add(200)
    assert trips.high_us() == 300
    for each in range(1, 21):
        trips.add(each)
    assert trips.high_us() == 19
    with pytest.raises(ValueError, match="no less than nothing"):
        trips.add(-1)
