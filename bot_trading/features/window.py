"""What features are computed from: columns of closed candles, checked before anything is computed.

One row is one closed candle with its context as known at its close. A row needs 199 rows before
it; nothing looks back further.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from bot_trading.errors import BotTradingError
from bot_trading.features.compiled import inner

__all__ = [
    "BASE_INTERVAL_S",
    "COLUMNS",
    "SPANS",
    "WARMUP_ROWS",
    "WINDOW_ROWS",
    "CandleTable",
    "Floats",
    "MalformedCandles",
    "check_values",
    "instant",
    "is_possible",
    "table_from",
]

Floats = NDArray[np.float64]

BASE_INTERVAL_S = 300
WINDOW_ROWS = 200
WARMUP_ROWS = WINDOW_ROWS - 1  # Rows without features: the first row that has them is the 200th.

SPANS = {"1h": 3_600, "4h": 14_400, "1d": 86_400}  # Longer aggregates, seconds.
_PARTS = ("open", "high", "low", "close", "volume")
COLUMNS = (
    "ts_open_us",
    *_PARTS,
    "btc_close",
    "eth_close",
    "funding_rate",
    *(f"{part}_{span}" for span in SPANS for part in _PARTS),
)

_FUNDING = COLUMNS.index("funding_rate")
_PRICE_MIN, _PRICE_MAX = 1e-12, 1e12  # Beyond them squares of prices would leave float64's range.
_VOLUME_MIN, _VOLUME_MAX = 1e-12, 1e18


class MalformedCandles(BotTradingError):
    """Candles or context from which no feature may be computed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CandleTable:
    """Columns of equal length, oldest first, one row per closed candle.

    Prices in quote coin, volume in base coin. `funding_rate` is the last settled rate (a fraction),
    `*_1h`, `*_4h` and `*_1d` belong to the last aggregate that was closed when the row closed.
    """

    ts_open_us: NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    btc_close: Floats
    eth_close: Floats
    funding_rate: Floats
    open_1h: Floats
    high_1h: Floats
    low_1h: Floats
    close_1h: Floats
    volume_1h: Floats
    open_4h: Floats
    high_4h: Floats
    low_4h: Floats
    close_4h: Floats
    volume_4h: Floats
    open_1d: Floats
    high_1d: Floats
    low_1d: Floats
    close_1d: Floats
    volume_1d: Floats
    interval_s: int = BASE_INTERVAL_S

    def __len__(self) -> int:
        return int(self.ts_open_us.size)

    def matrix(self) -> Floats:
        """The columns as rows of one array, shape (len(COLUMNS), rows); raises MalformedCandles."""
        columns = [np.asarray(getattr(self, name), dtype=np.float64) for name in COLUMNS]
        for name, column in zip(COLUMNS, columns, strict=True):
            if column.shape != (len(self),):
                raise MalformedCandles(
                    f"column {name} has shape {column.shape}, but ts_open_us has {len(self)} rows;"
                    " every column needs one value per row"
                )
        matrix = np.ascontiguousarray(np.stack(columns))
        check_values(matrix, self.interval_s)
        return matrix

    def cut(self, first: int, last: int) -> CandleTable:
        """Rows `first` to `last`, the latter excluded."""
        parts = {name: getattr(self, name)[first:last] for name in COLUMNS}
        return CandleTable(**parts, interval_s=self.interval_s)


def table_from(matrix: Floats, interval_s: int = BASE_INTERVAL_S) -> CandleTable:
    """The table whose `matrix()` this is: shape (len(COLUMNS), rows)."""
    named = dict(zip(COLUMNS, matrix, strict=True))
    stamps = named.pop("ts_open_us").astype(np.int64)
    return CandleTable(ts_open_us=stamps, **named, interval_s=interval_s)


def check_values(matrix: Floats, interval_s: int) -> None:
    """Raise MalformedCandles with one sentence for the first thing that is wrong with the rows."""
    named = dict(zip(COLUMNS, matrix, strict=True))
    stamps = named["ts_open_us"]
    for name, column in named.items():
        _refuse(~np.isfinite(column), stamps, column, name, "a finite number")
        if name.startswith(("open", "high", "low", "close", "btc", "eth")):
            outside = ~((column >= _PRICE_MIN) & (column <= _PRICE_MAX))
            _refuse(outside, stamps, column, name, f"a price from {_PRICE_MIN} to {_PRICE_MAX}")
        elif name.startswith("volume"):
            outside = ~((column == 0) | ((column >= _VOLUME_MIN) & (column <= _VOLUME_MAX)))
            _refuse(outside, stamps, column, name, f"0, or {_VOLUME_MIN} to {_VOLUME_MAX}")
    _refuse(
        np.abs(named["funding_rate"]) >= 1, stamps, named["funding_rate"], "funding_rate", "below 1"
    )
    for suffix in ("", *(f"_{span}" for span in SPANS)):
        high, low = named[f"high{suffix}"], named[f"low{suffix}"]
        for name in (f"open{suffix}", f"close{suffix}"):
            outside = (named[name] > high) | (named[name] < low)
            _refuse(outside, stamps, named[name], name, f"within low{suffix} to high{suffix}")
    _check_steps(stamps, interval_s)


@inner
def is_possible(row: Floats, step_us: float) -> bool:
    """What `check_values` asks of one row, compiled: is there nothing to say against it?"""
    for k in range(row.size):
        if not np.isfinite(row[k]):
            return False
    if row[0] % step_us != 0.0 or abs(row[_FUNDING]) >= 1.0:
        return False
    for k in (_FUNDING - 2, _FUNDING - 1):
        if not _PRICE_MIN <= row[k] <= _PRICE_MAX:
            return False
    for k in (1, _FUNDING + 1, _FUNDING + 6, _FUNDING + 11):
        first, high, low, last, volume = row[k], row[k + 1], row[k + 2], row[k + 3], row[k + 4]
        if not (_PRICE_MIN <= low <= high <= _PRICE_MAX):
            return False
        if not (low <= first <= high and low <= last <= high):
            return False
        if volume != 0.0 and not _VOLUME_MIN <= volume <= _VOLUME_MAX:
            return False
    return True


def _refuse(bad: NDArray[np.bool_], stamps: Floats, column: Floats, name: str, want: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise MalformedCandles(
            f"{name} of the candle of {instant(stamps[row])} is {column[row]:.12g},"
            f" expected {want}; repair or drop the candle at its source"
        )


def _check_steps(stamps: Floats, interval_s: int) -> None:
    """Every row opens one interval after the one before it, on the interval's own grid."""
    step_us = interval_s * 1_000_000
    _refuse(stamps % step_us != 0, stamps, stamps, "ts_open_us", f"a multiple of {interval_s} s")
    steps = np.diff(stamps)
    if (steps == step_us).all():
        return
    row = int(np.argmax(steps != step_us))
    before, after = instant(stamps[row]), instant(stamps[row + 1])
    if steps[row] == 0:
        raise MalformedCandles(f"two candles open at {before}; keep one of them")
    if steps[row] < 0:
        raise MalformedCandles(f"the candle of {after} comes after {before}; sort oldest first")
    raise MalformedCandles(
        f"after the candle of {before} comes {after}, expected one every {interval_s} s;"
        " fill the gap from the exchange, or compute each side on its own"
    )


def instant(ts_us: float) -> str:
    """An instant as people read it; a number that is none is shown as it is."""
    try:
        return datetime.fromtimestamp(ts_us / 1e6, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"{ts_us} µs"
