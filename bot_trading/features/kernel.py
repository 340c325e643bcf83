"""The one compiled entry: derive the series of rows, then compute every feature of them.

Batch and streaming call the same machine code; a batch is a stream that is told all rows at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bot_trading.features.catalog import FEATURES
from bot_trading.features.compiled import entry, inner
from bot_trading.features.indicators import (
    aggregates,
    clock,
    cross,
    microstructure,
    oscillators,
    ranks,
    returns,
    shape,
    statistics,
    trend,
    volatility,
    volume,
)
from bot_trading.features.series import SERIES, derive
from bot_trading.features.window import COLUMNS, WARMUP_ROWS, CandleTable, Floats

__all__ = ["advance", "batch_features"]

_RAW = len(COLUMNS)
_returns = returns.fill
_trend = trend.fill
_oscillators = oscillators.fill
_volatility = volatility.fill
_volume = volume.fill
_shape = shape.fill
_statistics = statistics.fill
_microstructure = microstructure.fill
_ranks = ranks.fill
_cross = cross.fill
_clock = clock.fill
_aggregates = aggregates.fill
Advance = Callable[
    [Floats, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], int, Floats], int
]


@inner
def _fill(s: Floats, i: int, out: Floats) -> int:
    """Every family in the catalogue's order; returns how many values were written."""
    at = _returns(s, i, out, 0)
    at = _trend(s, i, out, at)
    at = _oscillators(s, i, out, at)
    at = _volatility(s, i, out, at)
    at = _volume(s, i, out, at)
    at = _shape(s, i, out, at)
    at = _statistics(s, i, out, at)
    at = _microstructure(s, i, out, at)
    at = _ranks(s, i, out, at)
    at = _cross(s, i, out, at)
    at = _clock(s, i, out, at)
    return _aggregates(s, i, out, at)


def _make_advance(fingerprint: int) -> Advance:
    def advance(
        state: Floats,
        slots: NDArray[np.int64],
        rows: NDArray[np.int64],
        before: NDArray[np.int64],
        mirror: int,
        out: Floats,
    ) -> int:
        _ = fingerprint  # A closure, so that numba's cache knows the kernels it was made of.
        written = 0
        for j in range(rows.size):
            s, i = state[slots[j]], rows[j]
            derive(s, i, before[j])
            if mirror:
                for k in range(SERIES):  # A slice would compile its own error messages along.
                    s[k, i - mirror] = s[k, i]
            if before[j] >= WARMUP_ROWS:
                written = _fill(s, i, out[j])
            else:
                for k in range(out.shape[1]):
                    out[j, k] = np.nan
        return written

    return advance


advance = entry(_make_advance)


def batch_features(table: CandleTable) -> Floats:
    """Features of every row, shape (rows, features); the first WARMUP_ROWS rows are NaN.

    Raises MalformedCandles when the table has too few rows, gaps, or values no market makes.
    """
    state = np.empty((1, SERIES, len(table)))
    state[0, :_RAW] = table.matrix()
    rows = np.arange(len(table))
    out = np.empty((len(table), len(FEATURES)))
    advance(state, np.zeros_like(rows), rows, rows, 0, out)
    return out
