"""Candles and funding from folders of Parquet or CSV files, one file a symbol, as float arrays.

Each file is `SYMBOL.parquet` or `SYMBOL.csv`. Column names are matched without regard to case;
times are integers (seconds to nanoseconds, told apart by their size) or ISO dates in UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from bot_trading.ml.arrays import Floats, Ints
from bot_trading.ml.refusals import CandlesRefused

__all__ = [
    "CandleSeries",
    "Funding",
    "read_candles",
    "read_folder",
    "read_funding",
    "resample",
    "until",
]

_TIME_NAMES = ("ts", "timestamp", "open_time", "ts_open_us", "time", "datetime", "date")
_RATE_NAMES = ("rate", "funding_rate", "fundingrate")
_PRICES = ("open", "high", "low", "close", "volume")
_UNITS_US = ((10**11, 1_000_000.0), (10**14, 1_000.0), (10**17, 1.0), (10**20, 0.001))


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleSeries:
    """Closed candles of one symbol, oldest first; arrays of one length, times in microseconds.

    `is_filled` marks flat candles of zero volume that stand where the source had none.
    """

    symbol: str
    interval_s: int
    ts_open_us: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    is_filled: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ts_open_us)

    @property
    def interval_us(self) -> int:
        """The length of one candle."""
        return self.interval_s * 1_000_000

    def take(
        self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.signedinteger] | slice
    ) -> CandleSeries:
        """The same series with these rows only, by mask, order or slice."""
        arrays = {name: getattr(self, name)[rows] for name in ("ts_open_us", *_PRICES, "is_filled")}
        return replace(self, **arrays)


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """Settled funding of one symbol: fraction of the notional that longs pay at each instant."""

    ts_us: Ints
    rate: Floats


def read_folder(folder: Path, symbols: Sequence[str] = ()) -> dict[str, CandleSeries]:
    """The candles of every symbol in the folder, or of those named; raises `CandlesRefused`."""
    return {name: read_candles(path) for name, path in _files(folder, symbols).items()}


def read_funding(folder: Path, symbols: Sequence[str] = ()) -> dict[str, Funding]:
    """The funding of those symbols that the folder has; raises `CandlesRefused`."""
    files = _files(folder)
    wanted = [name for name in symbols if name in files] if symbols else list(files)
    return {name: _read_funding(files[name]) for name in wanted}


def read_candles(path: Path) -> CandleSeries:
    """One file as it is, sorted by nothing and cleaned of nothing; raises `CandlesRefused`."""
    frame = _read(path)
    ts_us = _times_us(path, frame)
    missing = [name for name in _PRICES if name not in frame.columns]
    if missing:
        raise CandlesRefused(
            f"{path}: column {', '.join(missing)} is missing; expected time, open, high, low, "
            "close, volume"
        )
    if len(ts_us) < 2:
        raise CandlesRefused(f"{path}: {len(ts_us)} candles; at least two are needed")
    values = {name: _numbers(path, frame, name) for name in _PRICES}
    return CandleSeries(
        symbol=path.stem.upper(),
        interval_s=_interval_s(path, ts_us),
        ts_open_us=ts_us,
        is_filled=np.zeros(len(ts_us), dtype=np.bool_),
        **values,
    )


def resample(series: CandleSeries, interval_s: int) -> CandleSeries:
    """Longer candles from shorter ones; parts at either end that are not whole are left out.

    Raises `CandlesRefused` when the wanted interval is not a multiple of what is there.
    """
    factor, rest = divmod(interval_s, series.interval_s)
    if rest or not factor:
        raise CandlesRefused(
            f"{series.symbol}: candles of {series.interval_s} s cannot be made into "
            f"{interval_s} s; give candles of {interval_s} s, or of a whole part of it"
        )
    if factor == 1:
        return series
    bucket = series.ts_open_us // (interval_s * 1_000_000)
    starts = np.flatnonzero(np.r_[True, np.diff(bucket) > 0])
    whole = np.diff(np.r_[starts, len(bucket)]) == factor
    ends = np.r_[starts[1:], len(bucket)] - 1
    return CandleSeries(
        symbol=series.symbol,
        interval_s=interval_s,
        ts_open_us=(bucket[starts] * interval_s * 1_000_000)[whole],
        open=series.open[starts][whole],
        high=np.maximum.reduceat(series.high, starts)[whole],
        low=np.minimum.reduceat(series.low, starts)[whole],
        close=series.close[ends][whole],
        volume=np.add.reduceat(series.volume, starts)[whole],
        is_filled=np.logical_and.reduceat(series.is_filled, starts)[whole],
    )


def until(series: CandleSeries, ts_us: int) -> CandleSeries:
    """Only the candles that had closed by this instant."""
    return series.take(series.ts_open_us + series.interval_us <= ts_us)


def _files(folder: Path, symbols: Sequence[str] = ()) -> dict[str, Path]:
    if not folder.is_dir():
        raise CandlesRefused(f"{folder} is not a folder; give one that holds SYMBOL.parquet files")
    found = {
        p.stem.upper(): p for p in sorted(folder.iterdir()) if p.suffix in (".parquet", ".csv")
    }
    missing = [name for name in symbols if name not in found]
    if not found or missing:
        what = ", ".join(missing) or "any symbol"
        raise CandlesRefused(f"{folder} has no file SYMBOL.parquet or SYMBOL.csv for {what}")
    return {name: found[name] for name in symbols or found}


def _read(path: Path) -> pl.DataFrame:
    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
        else:
            # Prices may be whole numbers for long and decimals later: every row decides the types.
            frame = pl.read_csv(path, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CandlesRefused(f"{path} cannot be read as {path.suffix[1:]}: {reason}") from error
    return frame.rename({name: name.strip().lower() for name in frame.columns})


def _times_us(path: Path, frame: pl.DataFrame) -> Ints:
    name = next((name for name in _TIME_NAMES if name in frame.columns), None)
    if name is None:
        raise CandlesRefused(
            f"{path} has no column of times; expected one of {', '.join(_TIME_NAMES)}"
        )
    column = frame[name]
    if column.dtype == pl.String:
        try:
            column = column.str.to_datetime(time_zone="UTC", time_unit="us")
        except pl.exceptions.PolarsError as error:
            raise CandlesRefused(f"{path}: column {name} holds no ISO dates") from error
    if column.dtype.is_temporal():
        column = column.cast(pl.Datetime("us")).cast(pl.Int64)
    if column.null_count() or not column.dtype.is_numeric():
        raise CandlesRefused(f"{path}: column {name} holds no or missing times")
    times = column.cast(pl.Float64).to_numpy()
    scale = next((s for top, s in _UNITS_US if len(times) and abs(times).max() < top), None)
    if len(times) and (scale is None or times.min() <= 10**9 * 0.5):
        raise CandlesRefused(f"{path}: column {name} holds no times since the epoch")
    if column.dtype.is_integer() and scale is not None and scale >= 1:
        return column.cast(pl.Int64).to_numpy() * int(scale)
    return np.rint(times * (scale or 1.0)).astype(np.int64)


def _numbers(path: Path, frame: pl.DataFrame, name: str) -> Floats:
    column = frame[name]
    try:
        numbers = column.cast(pl.Float64, strict=True)
    except pl.exceptions.PolarsError as error:
        raise CandlesRefused(f"{path}: column {name} holds what is not a number") from error
    return np.ascontiguousarray(numbers.fill_null(float("nan")).to_numpy(), dtype=np.float64)


def _interval_s(path: Path, ts_us: Ints) -> int:
    """The usual distance of two candles; a file without one is no file of candles."""
    steps = np.diff(np.sort(ts_us))
    values, counts = np.unique(steps[steps > 0], return_counts=True)
    if not len(values) or counts.max() < len(ts_us) // 2 or values[counts.argmax()] % 1_000_000:
        raise CandlesRefused(f"{path}: the candles have no common interval in whole seconds")
    return int(values[counts.argmax()] // 1_000_000)


def _read_funding(path: Path) -> Funding:
    frame = _read(path)
    name = next((name for name in _RATE_NAMES if name in frame.columns), None)
    if name is None:
        raise CandlesRefused(
            f"{path} has no column of funding rates; expected one of {', '.join(_RATE_NAMES)}"
        )
    ts_us, rate = _times_us(path, frame), _numbers(path, frame, name)
    order = np.argsort(ts_us, kind="stable")
    if not np.isfinite(rate).all() or (np.diff(ts_us[order]) <= 0).any():
        raise CandlesRefused(f"{path}: funding rates repeat an instant or are not numbers")
    return Funding(ts_us=ts_us[order], rate=rate[order])
