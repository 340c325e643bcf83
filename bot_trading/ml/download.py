"""Candles of an exchange into `raw_market_data`, page by page, and from there what features read.

Pages are written as they come, newest first, so a download that was cut off is started again and
asks only for pages with a candle missing. What the exchange does not have is told as gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import asyncpg
import numpy as np

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import FundingRate
from bot_trading.ml.candles import CandleSeries, Funding
from bot_trading.ml.dataset import Sources
from bot_trading.ml.folds import Span
from bot_trading.ml.market_store import (
    Imported,
    Shelf,
    connected,
    derive,
    stored_candles,
    stored_funding,
    stored_opens,
    write_candles,
)
from bot_trading.ml.quality import gaps
from bot_trading.ml.refusals import CandlesRefused
from bot_trading.ports import ExchangeClient

__all__ = ["Wanted", "download"]

PAGE_ROWS = 1_000
GAPS_TOLD = 5
FUNDING_US = 8 * 3_600_000_000

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which candles: of which symbols, how long, and opened when.

    `assumed_funding_rate` is a fraction per eight hours, for the time before the rates that the
    exchange still tells; without it those candles are stored, and have no row of features.
    """

    symbols: Sequence[str]
    interval_s: int
    span: Span
    assumed_funding_rate: float | None = None
    page_rows: int = PAGE_ROWS


async def download(
    url: str, client: ExchangeClient, wanted: Wanted, shelf: Shelf, progress: Progress
) -> tuple[Imported, ...]:
    """Bring every wanted candle into the database; counts and qualities by symbol.

    BTC and ETH must be among the symbols, since features read them. Raises `CandlesRefused` where
    a symbol has no candle there, `ModelError` for the database, and what the client raises.
    """
    series: dict[str, CandleSeries] = {}
    funding: dict[str, Funding] = {}
    written: dict[str, int] = {}
    async with connected(url) as connection:
        for symbol in wanted.symbols:
            instrument_id = InstrumentId(shelf.exchange, symbol)
            written[symbol] = await _fetch(
                connection, client, wanted, shelf, instrument_id, progress
            )
            key = shelf.key(symbol, wanted.interval_s)
            series[symbol] = await stored_candles(connection, key, wanted.span)
            _tell_gaps(series[symbol], progress)
            rates = await _fetch_rates(client, instrument_id, wanted)
            if rates:
                known = await stored_funding(connection, key, wanted.span)
                funding[symbol] = _funding(rates, known, wanted)
        sources = Sources(
            candles=series, funding=funding, assumed_funding_rate=wanted.assumed_funding_rate
        )
        done = [
            await derive(connection, sources, shelf, symbol, written[symbol], progress)
            for symbol in sorted(series)
        ]
    return tuple(done)


async def _fetch(
    connection: asyncpg.Connection,
    client: ExchangeClient,
    wanted: Wanted,
    shelf: Shelf,
    instrument_id: InstrumentId,
    progress: Progress,
) -> int:
    """Ask for the pages that are not whole yet, newest first, until the market is too young; how
    many candles that brought."""
    symbol, step_us = instrument_id.symbol, wanted.interval_s * 1_000_000
    newest = await client.get_candles(instrument_id, wanted.interval_s, 1)
    if not newest:
        raise CandlesRefused(
            f"{instrument_id} has no candles of {wanted.interval_s} s: correct the symbol"
        )
    first_us = -(-wanted.span.from_us // step_us) * step_us
    until_us = min(wanted.span.until_us // step_us * step_us, newest[-1].close_us)
    total = max(0, (until_us - first_us) // step_us)
    key = shelf.key(symbol, wanted.interval_s)
    there = await stored_opens(connection, key, wanted.span)
    before = len(there)
    for low_us, high_us in _pages(first_us, until_us, wanted.page_rows * step_us):
        missing = [at for at in range(low_us, high_us, step_us) if at not in there]
        if not missing:
            continue
        rows = (high_us - low_us) // step_us
        page = await client.get_candles(instrument_id, wanted.interval_s, rows, until_us=high_us)
        page = tuple(it for it in page if low_us <= it.open_us < high_us)
        if not page:
            progress(f"{symbol}: nothing is told of the time before {_instant(high_us)}")
            break
        await write_candles(connection, key, page)
        there.update(it.open_us for it in page)
        progress(f"{symbol}: {len(there):,} of {total:,} candles, back to {_instant(low_us)}")
    return len(there) - before


async def _fetch_rates(
    client: ExchangeClient, instrument_id: InstrumentId, wanted: Wanted
) -> tuple[FundingRate, ...]:
    """The settled rates of the span, and the last one before it, as far back as they are told."""
    rates = await client.get_funding_rates(instrument_id, wanted.page_rows)
    while rates and rates[0].ts_settled_us > wanted.span.from_us:
        until_us = rates[0].ts_settled_us - 1
        page = await client.get_funding_rates(instrument_id, wanted.page_rows, until_us)
        page = tuple(it for it in page if it.ts_settled_us <= until_us)
        if not page:
            break
        rates = (*page, *rates)
    return rates


def _pages(first_us: int, until_us: int, page_us: int) -> Iterator[tuple[int, int]]:
    """Spans of one page each, newest first; they lie the same way whenever they are asked for."""
    low_us = (until_us - 1) // page_us * page_us
    while low_us + page_us > first_us and until_us > first_us:
        yield max(low_us, first_us), min(low_us + page_us, until_us)
        low_us -= page_us


def _funding(rates: Sequence[FundingRate], known: Mapping[int, float], wanted: Wanted) -> Funding:
    """The settled rates; before the first of them what an earlier download knew, and where it
    knew nothing the assumed one every eight hours."""
    told = {it.ts_settled_us: float(it.rate) for it in rates}
    first_told_us = min(told)
    before = {at_us: rate for at_us, rate in known.items() if at_us < first_told_us}
    if wanted.assumed_funding_rate is not None:
        first_us = wanted.span.from_us // FUNDING_US * FUNDING_US
        grid = range(first_us, first_told_us, FUNDING_US)
        before = dict.fromkeys(grid, wanted.assumed_funding_rate) | before
    told = dict(sorted(before.items())) | told
    return Funding(ts_us=np.array(list(told), dtype=np.int64), rate=np.array(list(told.values())))


def _tell_gaps(series: CandleSeries, progress: Progress) -> None:
    """Name the first gaps, and how many there are."""
    found = gaps(series)
    for first_us, count in found[:GAPS_TOLD]:
        progress(f"{series.symbol}: gap of {count:,} candles from {_instant(first_us)}")
    if len(found) > GAPS_TOLD:
        progress(f"{series.symbol}: {len(found) - GAPS_TOLD:,} more gaps")


def _instant(moment_us: int) -> str:
    return f"{np.datetime64(moment_us, 'us').astype('datetime64[m]')}Z"
