"""The window of prices: extremes, mean, and what it forgets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot_trading.risk.moves import PriceWindow
from tests.builders.core import d

SECOND = 1_000_000


def test_an_empty_window_knows_nothing() -> None:
    """Unknown is None, never zero."""
    window = PriceWindow(window_us=60 * SECOND)
    assert window.mean() is None
    assert window.move_percent(d(1)) is None
    assert window.range_ratio() is None


def test_what_is_not_above_zero_is_no_price() -> None:
    """A move is a part of the lowest price, so that zero would end the turn."""
    window = PriceWindow(window_us=60 * SECOND)
    window.see(SECOND, d(0))
    window.see(2 * SECOND, d(-1))
    assert window.move_percent(d(1)) is None
    window.see(3 * SECOND, d(100))
    assert window.move_percent(d(50)) == 50


def test_a_fall_is_measured_from_the_highest_price() -> None:
    """And a rise from the lowest, in percent of it."""
    window = PriceWindow(window_us=60 * SECOND)
    for second, price in enumerate((100, 90, 95)):
        window.see(second * SECOND, d(price))
    assert window.move_percent(d(80)) == 20
    assert window.move_percent(d(108)) == 20
    assert window.mean() == 95
    assert window.range_ratio() == d(10) / d(90)


def test_what_left_the_window_is_forgotten() -> None:
    """An old high no longer makes a fall."""
    window = PriceWindow(window_us=10 * SECOND)
    window.see(0, d(200))
    window.see(11 * SECOND, d(100))
    assert window.move_percent(d(100)) == 0
    assert window.mean() == 100


def test_within_a_second_only_extremes_are_kept() -> None:
    """A thousand quotes a second cost no memory, and no low is missed."""
    window = PriceWindow(window_us=60 * SECOND)
    window.see(0, d(100))
    window.see(10, d(100))
    window.see(20, d(90))
    window.see(30, d(95))
    assert window.move_percent(d(100)) == d(10) * 100 / d(90)
    assert window.mean() == 95


@given(
    st.lists(
        st.tuples(st.integers(1, 20), st.integers(1, 1000)),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, 30),
)
def test_extremes_and_mean_are_those_of_the_samples_within(
    steps: list[tuple[int, int]], window_s: int
) -> None:
    """Compared with a list that forgets nothing."""
    window = PriceWindow(window_us=window_s * SECOND)
    now, seen = 0, []
    for wait_s, price in steps:
        now += wait_s * SECOND
        window.see(now, d(price))
        seen.append((now, d(price)))
        inside = [value for at, value in seen if at >= now - window_s * SECOND]
        high, low = max(inside), min(inside)
        assert window.mean() == sum(inside) / len(inside)
        assert window.range_ratio() == (high - low) / low
        assert window.move_percent(low) == (high - low) * 100 / high
