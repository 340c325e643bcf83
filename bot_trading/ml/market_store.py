"""Candles into PostgreSQL: as they came into `raw_market_data`, as features read them into
`processed_market_data`.

Rows are idempotent: writing one twice changes nothing, so an import that was cut off is started
again and writes what is missing. Numbers go in as their shortest text, so that no digit is made up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import numpy as np

from bot_trading.domain.market import Candle
from bot_trading.features.window import COLUMNS
from bot_trading.ml.candles import CandleSeries
from bot_trading.ml.dataset import Sources, table_of
from bot_trading.ml.folds import Span
from bot_trading.ml.quality import QualityReport, clean, inspect
from bot_trading.ml.refusals import CandlesRefused, ModelError

__all__ = [
    "Imported",
    "Shelf",
    "connected",
    "derive",
    "import_sources",
    "stored_candles",
    "stored_funding",
    "stored_opens",
    "write_candles",
]

_CHUNK_ROWS = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PARTS = ("open", "high", "low", "close", "volume")
_STORED = """
    SELECT {columns} FROM raw_market_data WHERE account = $1 AND exchange = $2 AND symbol = $3
    AND interval_s = $4 AND timestamp >= $5 AND timestamp < $6 ORDER BY timestamp
"""
_TOLD_FUNDING = """
    SELECT timestamp, funding_rate FROM processed_market_data WHERE account = $1 AND exchange = $2
    AND symbol = $3 AND interval_s = $4 AND timestamp >= $5 AND timestamp < $6
    AND funding_rate IS NOT NULL
"""
_KEY = ("account", "exchange", "symbol", "interval_s", "timestamp")
_CONTEXT = tuple(name for name in COLUMNS if name != "ts_open_us")

Progress = Callable[[str], None]
Row = tuple[Any, ...]
Key = tuple[str, str, str, int]  # Account, exchange, symbol, seconds.


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where rows belong: the account of the database and the exchange that the candles are of."""

    account: str
    exchange: str

    def key(self, symbol: str, interval_s: int) -> Key:
        """The rows of one symbol and candle length."""
        return self.account, self.exchange, symbol, interval_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What one symbol's import wrote anew, and what its candles were like as they came."""

    symbol: str
    raw_new: int
    processed: int
    quality: QualityReport


async def import_sources(
    url: str, sources: Sources, shelf: Shelf, progress: Progress = lambda text: None
) -> tuple[Imported, ...]:
    """Write every symbol's candles and derived rows; returns counts and qualities by symbol.

    An interrupted import is resumed by importing again. Raises `ModelError` when the database
    refuses, naming it; `CandlesRefused` and `MalformedCandles` before a symbol's first row.
    """
    async with connected(url) as connection:
        done = [
            await _import_symbol(connection, sources, shelf, symbol, progress)
            for symbol in sorted(sources.candles)
        ]
    return tuple(done)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database of this release; raises `ModelError` naming what is wrong."""
    try:
        connection = await asyncpg.connect(url, timeout=10, command_timeout=120)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise ModelError(f"the database cannot be reached: {error}; check DATABASE_URL") from error
    try:
        yield connection
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise ModelError(f"the schema is older than this release: {error}; upgrade it") from error
    finally:
        await connection.close()


async def stored_opens(connection: asyncpg.Connection, key: Key, span: Span) -> set[int]:
    """When the candles open that are there already, in microseconds."""
    rows = await connection.fetch(_STORED.format(columns="timestamp"), *key, *_instants(span))
    return {_microseconds(row[0]) for row in rows}


async def stored_candles(connection: asyncpg.Connection, key: Key, span: Span) -> CandleSeries:
    """The raw candles of one symbol, oldest first; raises `CandlesRefused` where there are none."""
    listed = ", ".join(("timestamp", *_PARTS))
    rows = await connection.fetch(_STORED.format(columns=listed), *key, *_instants(span))
    if not rows:
        raise CandlesRefused(f"{key[2]}: no candles of that time are there; choose another")
    parts = {part: np.array([float(row[at + 1]) for row in rows]) for at, part in enumerate(_PARTS)}
    opens = np.array([_microseconds(row[0]) for row in rows], dtype=np.int64)
    is_filled = np.zeros(len(rows), dtype=np.bool_)
    return CandleSeries(
        symbol=key[2], interval_s=key[3], ts_open_us=opens, is_filled=is_filled, **parts
    )


async def stored_funding(connection: asyncpg.Connection, key: Key, span: Span) -> dict[int, float]:
    """By the close of each derived row, the last settled rate that was known then."""
    rows = await connection.fetch(_TOLD_FUNDING, *key, *_instants(span))
    step_us = key[3] * 1_000_000
    return {_microseconds(row[0]) + step_us: float(row[1]) for row in rows}


async def write_candles(
    connection: asyncpg.Connection, key: Key, candles: Sequence[Candle]
) -> None:
    """Candles as the exchange told them; one that is there already stays as it is."""
    rows = (
        (*key, _instant(it.open_us), it.open, it.high, it.low, it.close, it.volume)
        for it in candles
    )
    await _write(connection, _RAW, rows)


async def _import_symbol(
    connection: asyncpg.Connection, sources: Sources, shelf: Shelf, symbol: str, progress: Progress
) -> Imported:
    """Raw candles first, then what is derived from them; all is refused before the first row."""
    series = sources.candles[symbol]
    kept = clean(series)
    table_of(sources, symbol)
    real = kept.take(~kept.is_filled)
    key = shelf.key(symbol, series.interval_s)
    before = await _count(connection, key)
    raw = zip(real.ts_open_us.tolist(), *(getattr(real, p).tolist() for p in _PARTS), strict=True)
    await _write(connection, _RAW, (_row(key, values) for values in raw))
    written = await _count(connection, key) - before
    return await derive(connection, sources, shelf, symbol, written, progress)


async def derive(
    connection: asyncpg.Connection,
    sources: Sources,
    shelf: Shelf,
    symbol: str,
    written: int,
    progress: Progress,
) -> Imported:
    """What features read of one symbol, whose raw candles are there, `written` of them anew.

    Raises `CandlesRefused` and `MalformedCandles` before the first row.
    """
    series = sources.candles[symbol]
    quality = inspect(series)
    kept = clean(series)
    table = table_of(sources, symbol)
    filled = set(kept.ts_open_us[kept.is_filled].tolist())
    key = shelf.key(symbol, series.interval_s)
    columns = [getattr(table, name).tolist() for name in _CONTEXT]
    derived = zip(table.ts_open_us.tolist(), *columns, strict=True)
    rows = ((*_row(key, values), values[0] in filled) for values in derived)
    processed = await _write(connection, _PROCESSED, rows)
    progress(
        f"{symbol}: {written:,} new candles of {len(kept.ts_open_us) - len(filled):,},"
        f" {processed:,} rows with context;"
        f" {quality.gaps} gaps with {quality.missing} candles, {quality.repeated} repeated,"
        f" {quality.impossible + quality.non_finite} impossible, {quality.zero_volume} untraded"
    )
    return Imported(symbol=symbol, raw_new=written, processed=processed, quality=quality)


def _statement(table: str, columns: Sequence[str], then: str) -> str:
    """Names are this module's own; values go as parameters."""
    places = ", ".join(f"${at + 1}" for at in range(len(columns)))
    names = ", ".join(columns)
    return f"INSERT INTO {table} ({names}) VALUES ({places}) ON CONFLICT ({', '.join(_KEY)}) {then}"  # noqa: S608


_DERIVED = (*_CONTEXT, "is_filled_gap")
_RAW = _statement("raw_market_data", (*_KEY, *_PARTS), "DO NOTHING")
# A later import knows more: a gap that was filled flat may have its candle by then.
_PROCESSED = _statement(
    "processed_market_data",
    (*_KEY, *_DERIVED),
    "DO UPDATE SET " + ", ".join(f"{name} = EXCLUDED.{name}" for name in _DERIVED),
)


async def _write(connection: asyncpg.Connection, statement: str, rows: Iterator[Row]) -> int:
    """Rows by the thousands, each thousand whole or not at all."""
    count = 0
    while chunk := [row for _, row in zip(range(_CHUNK_ROWS), rows, strict=False)]:
        await connection.executemany(statement, chunk)
        count += len(chunk)
    return count


async def _count(connection: asyncpg.Connection, key: Key) -> int:
    found: int = await connection.fetchval(
        "SELECT count(*) FROM raw_market_data"
        " WHERE account = $1 AND exchange = $2 AND symbol = $3 AND interval_s = $4",
        *key,
    )
    return found


def _instant(moment_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=moment_us)


def _instants(span: Span) -> tuple[datetime, datetime]:
    return _instant(span.from_us), _instant(span.until_us)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _row(key: Key, values: Sequence[float]) -> Row:
    return (*key, _instant(int(values[0])), *(Decimal(repr(value)) for value in values[1:]))
