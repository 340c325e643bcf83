"""Labels are what a real entry would have come to, at the policy's own barriers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from bot_trading.domain.signal import BarrierSpec
from bot_trading.ml.candles import CandleSeries
from bot_trading.ml.labels import (
    Costs,
    average_uniqueness,
    barrier_outcomes,
    horizon_returns,
)
from bot_trading.ml.refusals import CandlesRefused
from tests.builders.small_models import candles

BARRIER = BarrierSpec(stop_ratio=Decimal("0.01"), target_ratio=Decimal("0.02"), horizon_s=900)


def flat(count: int = 6) -> CandleSeries:
    """Candles that never leave 100."""
    hundred = np.full(count, 100.0)
    return replace(candles(count), open=hundred, high=hundred, low=hundred, close=hundred)


def touched(name: str, row: int, value: float, *, is_long: bool) -> tuple[int, float, int]:
    """Outcome of the entry decided at row 0 when one candle reaches out."""
    series = flat()
    column = getattr(series, name).copy()
    column[row] = value
    outcome = barrier_outcomes(replace(series, **{name: column}), BARRIER, is_long=is_long)
    return int(outcome.exit_row[0]), float(outcome.gross_return[0]), int(outcome.touched[0])


def test_each_barrier_is_met_where_it_lies() -> None:
    """Target, stop and time end an entry of either side at the barrier's own distance."""
    assert touched("high", 2, 102.0, is_long=True) == (2, 0.02, 1)
    assert touched("low", 2, 99.0, is_long=True) == (2, -0.01, -1)
    assert touched("low", 1, 98.0, is_long=False) == (1, 0.02, 1)
    assert touched("high", 3, 101.0, is_long=False) == (3, -0.01, -1)
    assert touched("close", 3, 100.5, is_long=True) == (3, pytest.approx(0.005), 0)
    assert touched("high", 4, 102.0, is_long=True) == (3, 0.0, 0)


def test_the_candle_of_the_decision_does_not_count() -> None:
    """What happened before the entry at the next open is no outcome of it."""
    assert touched("high", 0, 150.0, is_long=True) == (3, 0.0, 0)


def test_a_candle_that_touches_both_counts_as_the_stop() -> None:
    """The order inside a candle is unknown, so the worse one is believed."""
    series = flat()
    high, low = series.high.copy(), series.low.copy()
    high[1], low[1] = 103.0, 98.0
    wide = replace(series, high=high, low=low)
    for is_long in (True, False):
        assert barrier_outcomes(wide, BARRIER, is_long=is_long).touched[0] == -1


def test_a_gap_beyond_the_stop_leaves_at_the_open() -> None:
    """A stop cannot fill at a price that was never there."""
    series = flat()
    opens, low = series.open.copy(), series.low.copy()
    opens[2], low[2] = 95.0, 94.0
    outcome = barrier_outcomes(replace(series, open=opens, low=low), BARRIER, is_long=True)
    assert outcome.gross_return[0] == pytest.approx(-0.05)


def test_the_end_of_the_data_is_unknown() -> None:
    """Rows whose horizon reaches beyond the data have no outcome and never win."""
    outcome = barrier_outcomes(candles(50), BARRIER, is_long=True)
    assert (outcome.exit_row[-3:] == -1).all()
    assert np.isnan(outcome.gross_return[-3:]).all()
    assert not outcome.wins(Costs())[-3:].any()
    assert (outcome.exit_row[:-3] > np.arange(47)).all()


def test_a_win_pays_its_costs() -> None:
    """An entry that earned less than its round trip has not won."""
    costs = Costs(taker_fee_ratio=0.0005, slippage_ratio=0.0005)
    assert costs.round_trip_ratio == pytest.approx(0.002)
    series = flat()
    close = series.close.copy()
    close[3], close[4] = 100.19, 100.21
    wins = barrier_outcomes(replace(series, close=close), BARRIER, is_long=True).wins(costs)
    assert wins[:2].tolist() == [False, True]


def test_plain_returns_run_from_the_next_open() -> None:
    """The return over a horizon begins at the next open and is unknown at the end."""
    series = candles(50)
    returns = horizon_returns(series, 900)
    assert returns[5] == pytest.approx(series.close[8] / series.open[6] - 1)
    assert np.isnan(returns[-3:]).all()
    assert np.isfinite(returns[:-3]).all()
    assert np.isnan(horizon_returns(series, 43_200)).all()
    with pytest.raises(CandlesRefused, match="no whole number of candles"):
        horizon_returns(series, 450)


def test_overlapping_labels_share_their_weight() -> None:
    """A lone label weighs one; two on the same rows a half each; the rest by rows shared."""
    start, end = np.array([0, 10, 10, 20, 21]), np.array([4, 12, 12, 23, 24])
    expected = [1.0, 0.5, 0.5, (1 + 0.5 * 3) / 4, (0.5 * 3 + 1) / 4]
    np.testing.assert_allclose(average_uniqueness(start, end), expected)
    assert len(average_uniqueness(start[:0], end[:0])) == 0
