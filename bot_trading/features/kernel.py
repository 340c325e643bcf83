"""The one compiled entry: derive the series of rows, then compute every feature of them.

Batch and streaming call the same machine code; a batch is a stream that is told all rows at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bot_trading.features.catalog import FEATURES
from bot_trading.features.compiled import entry
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
from bot_trading.features.window import (
    COLUMNS,
    WARMUP_ROWS,
    WINDOW_ROWS,
    CandleTable,
    Floats,
    MalformedCandles,
)

__all__ = ["advance", "batch_features"]

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
Places = NDArray[np.int64]
Advance = Callable[[Floats, Places, int, Floats], int]


def _make_advance(fingerprint: int) -> Advance:
    def advance(state: Floats, places: Places, mirror: int, out: Floats) -> int:
        """Derive row places[1, j] of state[places[0, j]], and fill out[j], for each row of out.

        The row has places[2, j] rows before it. One array of places costs less to hand over than
        three. With `mirror` the row is written a second time, so many rows earlier. Returns the
        number of values in a row that is warm, 0 where none was.
        """
        _ = fingerprint  # A closure, so that numba's cache knows the kernels it was made of.
        at = 0
        for j in range(out.shape[0]):
            s, i, x = state[places[0, j]], places[1, j], out[j]
            before = places[2, j]
            derive(s, i, before)
            for k in range(SERIES if mirror else 0):
                s[k, i - mirror] = s[k, i]
            if before < WARMUP_ROWS:
                for k in range(x.size):
                    x[k] = np.nan
                continue
            at = _returns(s, i, x, 0)
            at = _trend(s, i, x, at)
            at = _oscillators(s, i, x, at)
            at = _volatility(s, i, x, at)
            at = _volume(s, i, x, at)
            at = _shape(s, i, x, at)
            at = _statistics(s, i, x, at)
            at = _microstructure(s, i, x, at)
            at = _ranks(s, i, x, at)
            at = _cross(s, i, x, at)
            at = _clock(s, i, x, at)
            at = _aggregates(s, i, x, at)
        return at

    return advance


advance = entry(_make_advance)


def batch_features(table: CandleTable) -> Floats:
    """Features of every row, shape (rows, features); the first WARMUP_ROWS rows are NaN.

    Raises MalformedCandles when the table has too few rows, gaps, or values no market makes.
    """
    if len(table) < WINDOW_ROWS:
        raise MalformedCandles(
            f"{len(table)} candles are too few, features need {WINDOW_ROWS} in a row; bring"
            f" {WINDOW_ROWS - len(table)} more from before the first one"
        )
    state = np.empty((1, SERIES, len(table)))
    state[0, : len(COLUMNS)] = table.matrix()
    places = np.zeros((3, len(table)), dtype=np.int64)
    places[1:] = np.arange(len(table))
    out = np.empty((len(table), len(FEATURES)))
    advance(state, places, 0, out)
    return out
