"""Average true range by Wilder's rule."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.market.volatility import AtrWindow, take_in
from tests.builders.core import NOW_US, a_candle, d


def test_it_is_unknown_until_its_period_was_seen() -> None:
    """Then it is the mean of the ranges so far, and after that Wilder's average."""
    window = AtrWindow(period=3)
    assert take_in(window, a_candle(high=d(50010), low=d(49990))) is None
    assert take_in(window, a_candle(high=d(50020), low=d(49990))) is None
    assert take_in(window, a_candle(high=d(50020), low=d(49980))) == d(30)
    assert take_in(window, a_candle(high=d(50030), low=d(49970))) == d(40)


def test_a_gap_counts_as_range() -> None:
    """From the close before to the far end of the candle."""
    window = AtrWindow(period=1)
    take_in(window, a_candle(NOW_US, "50000"))
    assert take_in(window, a_candle(NOW_US, "50100", high=d(50110), low=d(50090))) == d(110)
    assert take_in(window, a_candle(NOW_US, "50000", high=d(50005), low=d(49995))) == d(105)


@settings(deadline=None, max_examples=100)
@given(
    closes=st.lists(st.integers(1000, 2000), min_size=1, max_size=40),
    period=st.integers(1, 10),
)
def test_it_lies_between_the_least_and_the_greatest_range(closes: list[int], period: int) -> None:
    """Whatever the candles are."""
    window, ranges, before = AtrWindow(period=period), [], None
    for close in closes:
        candle = a_candle(close=str(close), high=d(close + 3), low=d(close - 2))
        high = candle.high if before is None else max(candle.high, before)
        low = candle.low if before is None else min(candle.low, before)
        ranges.append(high - low)
        before = candle.close
        atr = take_in(window, candle)
        assert (atr is None) == (len(ranges) < period)
        if atr is not None:
            assert min(ranges) - Decimal("1E-9") <= atr <= max(ranges) + Decimal("1E-9")
