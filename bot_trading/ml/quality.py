"""What is wrong with candles, counted, and what is left of them when the wrong ones are out.

Nothing is repaired by guessing: an impossible or contradicting candle is dropped, and a place
without a candle becomes a flat one of zero volume that says so (`is_filled`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from bot_trading.ml.arrays import Ints
from bot_trading.ml.candles import CandleSeries
from bot_trading.ml.refusals import CandlesRefused

__all__ = ["QualityReport", "clean", "gaps", "inspect"]

_FILLED_SHARE_MAX = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """Counts of one symbol's candles as they came; instants in microseconds UTC."""

    symbol: str
    interval_s: int
    rows: int
    first_us: int
    last_us: int
    gaps: int
    missing: int
    longest_gap_s: int
    unsorted: int
    repeated: int
    contradicting: int
    off_grid: int
    non_finite: int
    impossible: int
    zero_volume: int

    @property
    def is_clean(self) -> bool:
        """True when nothing had to be dropped, sorted or filled."""
        wrong = ("gaps", "unsorted", "repeated", "off_grid", "non_finite", "impossible")
        return not any(getattr(self, name) for name in wrong)

    def as_json(self) -> dict[str, object]:
        """The counts by name."""
        return asdict(self) | {"is_clean": self.is_clean}


def inspect(series: CandleSeries) -> QualityReport:
    """Count gaps, repetitions, contradictions, impossible values and zero volume."""
    ts = series.ts_open_us
    order = np.argsort(ts, kind="stable")
    steps = np.diff(ts[order])
    gap = steps[steps > series.interval_us]
    repeated = steps == 0
    finite = _is_finite(series)
    return QualityReport(
        symbol=series.symbol,
        interval_s=series.interval_s,
        rows=len(ts),
        first_us=int(ts.min()),
        last_us=int(ts.max()),
        gaps=len(gap),
        missing=int((gap // series.interval_us - 1).sum()),
        longest_gap_s=int(gap.max(initial=0) // 1_000_000),
        unsorted=int((np.diff(ts) < 0).sum()),
        repeated=int(repeated.sum()),
        contradicting=int((repeated & _differs_from_next(series, order)).sum()),
        off_grid=int((ts % series.interval_us != 0).sum()),
        non_finite=int((~finite).sum()),
        impossible=int((finite & ~_is_possible(series)).sum()),
        zero_volume=int((series.volume == 0).sum()),
    )


def gaps(series: CandleSeries) -> list[tuple[int, int]]:
    """Each gap's first missing instant in microseconds, and how many candles it has, in order."""
    ts = np.unique(series.ts_open_us)
    missing = np.diff(ts) // series.interval_us - 1
    places = np.flatnonzero(missing > 0)
    return [(int(ts[at]) + series.interval_us, int(missing[at])) for at in places]


def clean(series: CandleSeries) -> CandleSeries:
    """Sorted, each instant once, only possible candles, gaps filled flat and marked.

    Raises `CandlesRefused` when more than a twentieth would have to be filled: that is another
    market, or another interval, than the one the file claims.
    """
    usable = _is_finite(series) & _is_possible(series)
    usable &= series.ts_open_us % series.interval_us == 0
    kept = series.take(usable)
    order = np.argsort(kept.ts_open_us, kind="stable")
    kept = kept.take(order)
    kept = kept.take(_first_of_agreeing(kept))
    if len(kept) < 2:
        raise CandlesRefused(
            f"{series.symbol}: {len(kept)} of {len(series)} candles are usable; at least two are "
            "needed"
        )
    return _filled(kept)


def _filled(series: CandleSeries) -> CandleSeries:
    first, last = series.ts_open_us[0], series.ts_open_us[-1]
    grid: Ints = np.arange(first, last + 1, series.interval_us, dtype=np.int64)
    missing = len(grid) - len(series)
    if missing > _FILLED_SHARE_MAX * len(grid):
        raise CandlesRefused(
            f"{series.symbol}: {missing} of {len(grid)} candles of {series.interval_s} s are "
            "missing; fetch them, or give the interval that the file really holds"
        )
    if not missing:
        return series
    source = np.searchsorted(series.ts_open_us, grid, side="right") - 1
    is_there = series.ts_open_us[source] == grid
    close = series.close[source]
    return CandleSeries(
        symbol=series.symbol,
        interval_s=series.interval_s,
        ts_open_us=grid,
        open=np.where(is_there, series.open[source], close),
        high=np.where(is_there, series.high[source], close),
        low=np.where(is_there, series.low[source], close),
        close=close,
        volume=np.where(is_there, series.volume[source], 0.0),
        is_filled=~is_there | series.is_filled[source],
    )


def _is_finite(series: CandleSeries) -> npt.NDArray[np.bool_]:
    values = (series.open, series.high, series.low, series.close, series.volume)
    return np.asarray(np.isfinite(np.stack(values)).all(axis=0), dtype=np.bool_)


def _is_possible(series: CandleSeries) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        body_low = np.minimum(series.open, series.close)
        body_high = np.maximum(series.open, series.close)
        inside = (series.low <= body_low) & (body_high <= series.high)
        possible = inside & (series.low > 0) & (series.volume >= 0)
    return np.asarray(possible, dtype=np.bool_)


def _differs_from_next(series: CandleSeries, order: Ints) -> npt.NDArray[np.bool_]:
    values = (series.open, series.high, series.low, series.close, series.volume)
    sorted_values = np.stack(values)[:, order]
    result: npt.NDArray[np.bool_] = (sorted_values[:, 1:] != sorted_values[:, :-1]).any(axis=0)
    return result


def _first_of_agreeing(series: CandleSeries) -> npt.NDArray[np.bool_]:
    """Repetitions keep their first; of those that contradict each other none is believed."""
    ts = series.ts_open_us
    if len(ts) < 2:
        return np.ones(len(ts), dtype=np.bool_)
    repeats = np.diff(ts) == 0
    conflict = repeats & _differs_from_next(series, np.arange(len(ts), dtype=np.int64))
    distrusted = np.isin(ts, ts[:-1][conflict])
    return np.asarray(np.r_[True, ~repeats] & ~distrusted, dtype=np.bool_)
