"""Reads recorded candles (Parquet or CSV) and refuses files that cannot be a market.

A candle file has the columns ts (open time, ms UTC), open, high, low, close, volume. Funding rates
(ts, rate) are taken from `<symbol>_funding` beside it, or from a sibling folder `funding/`.
"""

from __future__ import annotations

import re
from array import array
from decimal import Decimal
from pathlib import Path

import polars as pl

from exchange_simulator.errors import BadInput
from exchange_simulator.instruments import Instrument, instrument_of
from exchange_simulator.market.tape import CandleTape

__all__ = ["candle_files", "holds_trades", "load_market"]

_COLUMNS = ("ts", "open", "high", "low", "close", "volume")
_PRICES = ("open", "high", "low", "close")
_SUFFIXES = (".parquet", ".csv")
_RECORDED = (".gz", ".zip")
_MAX_DECIMALS = 8
_EARLIEST_MS = 1_000_000_000_000


def candle_files(places: list[Path], wanted: list[str] | None) -> dict[str, Path]:
    """Return the candle file of each symbol found in files and folders, sorted by symbol.

    Raises:
        BadInput: a place is missing, holds no candle file, or a wanted symbol has no file.
    """
    found: dict[str, Path] = {}
    for place in places:
        for file in _files_in(place):
            symbol = _symbol_of(file)
            if symbol in found:
                raise BadInput(f"Two replay files for {symbol}: {found[symbol]} and {file}.")
            found[symbol] = file
    for symbol in wanted or []:
        if symbol not in found:
            listed = ", ".join(sorted(found))
            raise BadInput(f"No replay file for symbol {symbol}; the files given hold {listed}.")
    return {symbol: found[symbol] for symbol in (wanted or sorted(found))}


def load_market(symbol: str, file: Path) -> tuple[Instrument, CandleTape]:
    """Read one symbol's candles, and its funding rates where there are any.

    Raises:
        BadInput: the file is unreadable, or its rows are not an unbroken row of possible candles.
    """
    frame = _read(file)
    _check_columns(frame, file)
    frame = frame.select(_COLUMNS)
    _check_values(frame, file)
    interval_ms = _check_times(frame["ts"], file)
    price_decimals = max(_decimals(frame[name]) for name in _PRICES)
    instrument = instrument_of(symbol, tick_size=Decimal(1).scaleb(-price_decimals))
    volume_decimals = _decimals(frame["volume"])
    tick = instrument.tick_size
    columns = [_whole(frame[name], tick) for name in _PRICES]
    tape = CandleTape(
        interval_ms=interval_ms,
        volume_decimals=volume_decimals,
        first_ms=int(frame["ts"][0]),
        opens=columns[0],
        highs=columns[1],
        lows=columns[2],
        closes=columns[3],
        volumes=_whole(frame["volume"], Decimal(1).scaleb(-volume_decimals)),
        rates=_funding(symbol, file),
    )
    return instrument, tape


def _files_in(place: Path) -> list[Path]:
    if not place.exists():
        raise BadInput(f"Replay source {place} does not exist; give a candle file or a folder.")
    if place.is_file():
        return [place]
    files = sorted(
        file
        for file in place.iterdir()
        if file.suffix in (*_SUFFIXES, *_RECORDED) and not file.stem.endswith("_funding")
    )
    if not files:
        raise BadInput(f"Replay folder {place} holds no .parquet or .csv file.")
    return files


def _symbol_of(file: Path) -> str:
    match = re.search(r"(?:^|_)([A-Z0-9]+USDT)(?![A-Z0-9])", file.name.upper())
    if match is None:
        raise BadInput(
            f"Replay file {file} does not name its symbol: call it for example BTCUSDT.parquet."
        )
    return match.group(1)


def holds_trades(file: Path) -> bool:
    """Tell whether a replay file holds trades instead of candles."""
    if file.suffix in _RECORDED:
        return True
    return "price" in _read(file).columns


def _read(file: Path) -> pl.DataFrame:
    if file.suffix not in _SUFFIXES:
        raise BadInput(f"Replay file {file} is neither .parquet nor .csv.")
    try:
        if file.suffix == ".parquet":
            return pl.read_parquet(file)
        # Prices may be whole numbers for long and decimals later: every row decides the types.
        return pl.read_csv(file, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(f"Replay file {file} cannot be read: {reason}.") from error


def _check_columns(frame: pl.DataFrame, file: Path) -> None:
    missing = [name for name in _COLUMNS if name not in frame.columns]
    unknown = [name for name in frame.columns if name not in _COLUMNS]
    expected = ", ".join(_COLUMNS)
    if missing:
        raise BadInput(f"Replay file {file} lacks column {missing[0]}; expected {expected}.")
    if unknown:
        raise BadInput(f"Replay file {file} has unknown column {unknown[0]}; expected {expected}.")
    for name in _COLUMNS:
        if not frame[name].dtype.is_numeric():
            kind = frame[name].dtype
            raise BadInput(f"Replay file {file}: column {name} holds {kind}, expected numbers.")
    if frame.height < 2:
        raise BadInput(f"Replay file {file} holds {frame.height} candles, expected at least 2.")


def _check_values(frame: pl.DataFrame, file: Path) -> None:
    """Refuse the first row with a value that no candle can have."""
    for name in _COLUMNS:
        column = frame[name].cast(pl.Float64)
        _refuse_where(frame, ~column.is_finite().fill_null(False), file, f"{name} is not a number")
    top = pl.max_horizontal("open", "close", "low")
    bottom = pl.min_horizontal("open", "close", "high")
    checks = (
        (pl.min_horizontal(*_PRICES) <= 0, "a price is not above zero"),
        (pl.col("volume") < 0, "volume is negative"),
        (pl.col("high") < top, "high is below open, close or low"),
        (pl.col("low") > bottom, "low is above open, close or high"),
    )
    for expression, fault in checks:
        _refuse_where(frame, frame.select(bad=expression)["bad"], file, fault)


def _refuse_where(frame: pl.DataFrame, bad: pl.Series, file: Path, fault: str) -> None:
    rows = bad.arg_true()
    if rows.len():
        row = int(rows[0])
        raise BadInput(
            f"Replay file {file}, row {row + 1} (ts {frame['ts'][row]}): {fault};"
            f" {rows.len()} such rows. Repair or leave out these candles."
        )


def _check_times(stamps: pl.Series, file: Path) -> int:
    """Return the candle interval in ms; the stamps must rise by exactly that."""
    stamps = stamps.cast(pl.Int64)
    if int(stamps[0]) < _EARLIEST_MS:
        raise BadInput(f"Replay file {file}: ts {stamps[0]} is not a time in milliseconds UTC.")
    steps = stamps.diff().drop_nulls()
    interval_ms = int(steps.sort()[steps.len() // 2])
    wrong = (steps != interval_ms).arg_true()
    if wrong.len():
        row = int(wrong[0])
        before, after = int(stamps[row]), int(stamps[row + 1])
        kind = "duplicate or disorder" if after <= before else "gap"
        raise BadInput(
            f"Replay file {file}: {kind} between ts {before} and {after},"
            f" expected candles every {interval_ms} ms."
        )
    if interval_ms <= 0 or interval_ms % 1000:
        raise BadInput(f"Replay file {file}: interval {interval_ms} ms is not whole seconds.")
    return interval_ms


def _decimals(column: pl.Series) -> int:
    """Return how many decimals hold every value exactly, at most eight."""
    values = column.cast(pl.Float64)
    for decimals in range(_MAX_DECIMALS):
        scaled = values * 10**decimals
        if ((scaled - scaled.round()).abs() <= 1e-6 + scaled.abs() * 1e-13).all():
            return decimals
    return _MAX_DECIMALS


def _whole(column: pl.Series, unit: Decimal) -> array[int]:
    """Return the column in whole units."""
    per_unit = 1 / float(unit)
    whole = (column.cast(pl.Float64) * per_unit).round().cast(pl.Int64)
    return array("q", whole.to_list())


def _funding(symbol: str, file: Path) -> dict[int, float]:
    """Return funding rates by settlement time from a file beside the candles, if there is one."""
    places = [file.parent, file.parent.parent / "funding"]
    names = [f"{symbol}_funding", symbol]
    for place, stem in zip(places, names, strict=True):
        for suffix in _SUFFIXES:
            rates = place / f"{stem}{suffix}"
            if rates.is_file():
                return _read_rates(rates)
    return {}


def _read_rates(file: Path) -> dict[int, float]:
    frame = _read(file)
    if set(frame.columns) != {"ts", "rate"}:
        found = ", ".join(frame.columns)
        raise BadInput(f"Funding file {file} has columns {found}; expected ts, rate.")
    bad = ~frame["rate"].cast(pl.Float64).is_finite().fill_null(False)
    _refuse_where(frame, bad, file, "rate is not a number")
    stamps = frame["ts"].cast(pl.Int64).to_list()
    return dict(zip(stamps, frame["rate"].cast(pl.Float64).to_list(), strict=True))
