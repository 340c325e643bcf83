"""Returns: aligned in time, scaled to one horizon, and a short past is said."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot_trading.risk.returns import BookSpec, best_history, history_from
from tests.builders.core import d

HOUR_US = 3_600_000_000
SPEC = BookSpec(returns_min=3, returns_max=5)


def _closes(*prices: str, first: int = 0) -> dict[int, Decimal]:
    return {(first + n) * HOUR_US: d(price) for n, price in enumerate(prices)}


def test_returns_are_changes_over_the_price_before() -> None:
    """Of the period's own length, nothing is scaled."""
    found = history_from({"X": _closes("100", "101", "101", "50.5")}, 3600, SPEC)
    assert found.returns == {"X": (d("0.01"), d(0), d("-0.5"))}
    assert (found.count, found.until_us, found.missing) == (3, 3 * HOUR_US, {})


def test_a_shorter_period_is_scaled_by_the_root_of_time() -> None:
    """A quarter of an hour four times over is twice as much, not four times."""
    step = HOUR_US // 4
    closes = {n * step: d(price) for n, price in enumerate(("100", "101", "101", "101"))}
    found = history_from({"X": closes}, 900, SPEC)
    assert found.returns["X"] == (d("0.02"), d(0), d(0))
    assert (found.period_s, found.horizon_s) == (900, 3600)


def test_only_common_periods_count_and_the_newest_are_kept() -> None:
    """A gap in one symbol is a gap for all; of seven common returns the last five stay."""
    whole = _closes(*["100"] * 10)
    holed = {ts_us: price for ts_us, price in whole.items() if ts_us != 2 * HOUR_US}
    found = history_from({"X": whole, "Y": holed}, 3600, SPEC)
    assert found.count == 5
    assert set(found.returns) == {"X", "Y"}
    assert found.until_us == 9 * HOUR_US


def test_a_symbol_with_a_short_past_leaves_the_others_theirs() -> None:
    """It is named with what it has and what it would need."""
    closes = {"OLD": _closes(*["100"] * 8), "NEW": _closes("1", "2", "3", first=5)}
    found = history_from(closes, 3600, SPEC)
    assert set(found.returns) == {"OLD"}
    assert found.missing == {"NEW": "2 returns of 3600 s, needed 3"}
    nothing = history_from({"NEW": {}}, 3600, SPEC)
    assert (nothing.returns, nothing.count, nothing.until_us) == ({}, 0, 0)


def test_the_history_of_most_symbols_wins_and_then_the_longest_period() -> None:
    """Hours of one symbol are less than minutes of two."""
    both = {"X": _closes(*["100"] * 8), "Y": _closes(*["100"] * 8)}
    hours = history_from({"X": both["X"]}, 3600, SPEC)
    assert best_history((hours, history_from(both, 3600, SPEC))).count == 5
    assert set(best_history((hours, history_from(both, 3600, SPEC))).returns) == {"X", "Y"}
    scaled = history_from({"X": {n * HOUR_US // 4: d(1) for n in range(8)}}, 900, SPEC)
    assert best_history((scaled, hours)).period_s == 3600
    assert BookSpec(horizon_s=900).periods_s == (900, 300, 60)


@given(
    st.dictionaries(
        st.sampled_from("ABC"),
        st.dictionaries(st.integers(0, 12), st.integers(1, 9), max_size=13),
        min_size=1,
    )
)
def test_series_are_aligned_whatever_was_read(
    drawn: dict[str, dict[int, int]],
) -> None:
    """Each symbol is either measured, as long as every other, or named as missing."""
    closes = {
        symbol: {hour * HOUR_US: Decimal(price) for hour, price in prices.items()}
        for symbol, prices in drawn.items()
    }
    found = history_from(closes, 3600, SPEC)
    assert found.returns.keys() | found.missing.keys() == closes.keys()
    assert not found.returns.keys() & found.missing.keys()
    assert {len(series) for series in found.returns.values()} <= {3, 4, 5}
    assert all(move > -1 for series in found.returns.values() for move in series)
