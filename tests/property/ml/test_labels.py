"""Labels equal a plain reading of the candles, and weights add up, whatever the market."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.signal import BarrierSpec
from bot_trading.ml.candles import CandleSeries
from bot_trading.ml.labels import average_uniqueness, barrier_outcomes
from tests.builders.small_models import candles


def told_plainly(
    series: CandleSeries, row: int, barrier: BarrierSpec, sign: int
) -> tuple[int, float]:
    """Exit row and return of the entry decided at `row`, read candle by candle."""
    stop, target = float(barrier.stop_ratio), float(barrier.target_ratio)
    entry = series.open[row + 1]
    last = row + barrier.horizon_s // 300
    for at in range(row + 1, last + 1):
        moves = [sign * (price / entry - 1) for price in (series.low[at], series.high[at])]
        if min(moves) <= -stop:
            return at, min(-stop, sign * (series.open[at] / entry - 1))
        if max(moves) >= target:
            return at, target
    return last, sign * (series.close[last] / entry - 1)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 12),
    st.booleans(),
)
def test_outcomes_are_what_the_candles_say(
    seed: int, stop: int, target: int, rows: int, is_long: bool
) -> None:
    """For any market, barrier and side, the compiled outcome is the plain one."""
    series = candles(60, seed=seed)
    barrier = BarrierSpec(
        stop_ratio=Decimal(stop) / 10_000,
        target_ratio=Decimal(target) / 10_000,
        horizon_s=rows * 300,
    )
    found = barrier_outcomes(series, barrier, is_long=is_long)
    for row in range(60 - rows):
        exit_row, gross = told_plainly(series, row, barrier, 1 if is_long else -1)
        assert found.exit_row[row] == exit_row
        assert found.gross_return[row] == gross
    assert (found.exit_row[60 - rows :] == -1).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 50))
def test_outcomes_do_not_know_what_comes_after(seed: int, cut: int) -> None:
    """Candles after an exit may be anything: the outcome stays."""
    series = candles(60, seed=seed)
    barrier = BarrierSpec(stop_ratio=Decimal("0.002"), target_ratio=Decimal("0.003"), horizon_s=900)
    whole = barrier_outcomes(series, barrier, is_long=True)
    other = candles(60, seed=seed + 1)
    parts = {}
    for name in ("open", "high", "low", "close"):
        column = getattr(series, name).copy()
        column[cut:] = getattr(other, name)[cut:]
        parts[name] = column
    changed = barrier_outcomes(replace(series, **parts), barrier, is_long=True)
    over = (whole.exit_row >= 0) & (whole.exit_row < cut)
    np.testing.assert_array_equal(changed.gross_return[over], whole.gross_return[over])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10)), min_size=1, max_size=30))
def test_uniqueness_shares_every_row_out(spans: list[tuple[int, int]]) -> None:
    """Weights lie in (0, 1]; times their lengths they add up to the rows that any label covers."""
    start = np.array([first for first, _ in spans])
    end = start + np.array([length for _, length in spans])
    weights = average_uniqueness(start, end)
    assert ((weights > 0) & (weights <= 1 + 1e-12)).all()
    covered = {row for first, length in spans for row in range(first, first + length + 1)}
    assert float((weights * (end - start + 1)).sum()) == pytest.approx(len(covered))
