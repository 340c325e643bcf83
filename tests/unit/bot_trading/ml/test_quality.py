"""Every kind of damage to candles is counted, and none of it survives the cleaning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot_trading.ml.candles import CandleSeries
from bot_trading.ml.quality import clean, gaps, inspect
from bot_trading.ml.refusals import CandlesRefused
from tests.builders.small_models import candles


def without(series: CandleSeries, *rows: int) -> CandleSeries:
    keep = np.ones(len(series), dtype=np.bool_)
    keep[list(rows)] = False
    return series.take(keep)


def with_value(series: CandleSeries, name: str, row: int, value: float) -> CandleSeries:
    column = getattr(series, name).copy()
    column[row] = value
    return replace(series, **{name: column})


def repeated(series: CandleSeries, row: int) -> CandleSeries:
    order = np.sort(np.r_[np.arange(len(series)), row])
    return series.take(order)


def test_whole_candles_are_clean() -> None:
    """Nothing is counted and nothing is changed where nothing is wrong."""
    series = candles(100)
    report = inspect(series)
    assert report.is_clean
    assert report.rows == 100
    np.testing.assert_array_equal(clean(series).close, series.close)
    assert not clean(series).is_filled.any()


def test_gaps_are_filled_flat_and_marked() -> None:
    """A missing candle becomes the last close with zero volume, and says that it was filled."""
    series = without(candles(100), 10, 11, 50)
    report = inspect(series)
    assert (report.gaps, report.missing, report.longest_gap_s) == (2, 3, 900)
    first_us, step_us = int(series.ts_open_us[0]), series.interval_us
    assert gaps(series) == [(first_us + 10 * step_us, 2), (first_us + 50 * step_us, 1)]
    whole = clean(series)
    assert len(whole) == 100
    assert np.flatnonzero(whole.is_filled).tolist() == [10, 11, 50]
    assert whole.close[10] == whole.open[11] == series.close[9]
    assert whole.volume[50] == 0


def test_repetitions_count_once_and_contradictions_not_at_all() -> None:
    """An equal repetition is dropped; of two that contradict none is believed."""
    series = repeated(repeated(candles(100), 20), 60)
    series = with_value(series, "close", 61, series.close[61] * 1.0001)
    series = with_value(series, "high", 61, series.high[61] * 1.01)
    report = inspect(series)
    assert (report.repeated, report.contradicting) == (2, 1)
    whole = clean(series)
    assert np.flatnonzero(whole.is_filled).tolist() == [59]


@pytest.mark.parametrize(
    ("name", "value", "counted"),
    [
        ("close", float("nan"), "non_finite"),
        ("volume", float("inf"), "non_finite"),
        ("high", 1.0, "impossible"),
        ("low", -1.0, "impossible"),
        ("volume", -1.0, "impossible"),
        ("volume", 0.0, "zero_volume"),
    ],
)
def test_impossible_values_are_counted(name: str, value: float, counted: str) -> None:
    """NaN, infinity and an impossible range are counted and dropped; zero volume only counted."""
    series = with_value(candles(100), name, 30, value)
    report = inspect(series)
    assert getattr(report, counted) == 1
    assert clean(series).is_filled[30] == (counted != "zero_volume")


def test_order_and_grid_are_seen() -> None:
    """Rows out of order are sorted; an instant off the grid of the interval is dropped."""
    series = candles(100)
    order = np.arange(100)
    order[[5, 6]] = [6, 5]
    assert inspect(series.take(order)).unsorted == 1
    np.testing.assert_array_equal(clean(series.take(order)).close, series.close)
    times = series.ts_open_us.copy()
    times[40] += 1_000_000
    late = replace(series, ts_open_us=times)
    assert inspect(late).off_grid == 1
    assert clean(late).is_filled[40]
    assert inspect(late).as_json()["is_clean"] is False


def test_another_interval_is_refused() -> None:
    """When too much would have to be filled the file is refused: it is not what it claims."""
    series = replace(candles(100).take(slice(0, 100, 3)), interval_s=300)
    with pytest.raises(CandlesRefused, match="are missing"):
        clean(series)
    nothing = replace(candles(5), close=np.full(5, np.nan))
    with pytest.raises(CandlesRefused, match="usable"):
        clean(nothing)
