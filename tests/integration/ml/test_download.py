"""Candles of an exchange come into the database page by page, and are asked for once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import FundingRate
from bot_trading.download import fetch
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.ml.download import Wanted, _fetch_rates, _funding, download
from bot_trading.ml.folds import Span
from bot_trading.ml.market_store import Shelf
from bot_trading.ml.refusals import CandlesRefused
from bot_trading.storage import schema
from tests.builders.running_simulator import Simulator, running_simulator
from tests.builders.small_market import write_market
from tests.builders.small_models import START_US

pytestmark = pytest.mark.timeout(300)

DAYS = 4
HISTORY = 900  # More than three of the four days: two whole ones make the longer candles.
STEP_US = 300_000_000
BTC = InstrumentId("bybit", "BTCUSDT")
SHELF = Shelf(account="research", exchange="bybit")
WANTED = Wanted(
    symbols=("BTCUSDT", "ETHUSDT"),
    interval_s=300,
    span=Span(from_us=START_US, until_us=START_US + DAYS * 288 * STEP_US),
    assumed_funding_rate=0.0001,
    page_rows=250,
)
COUNT = "SELECT count(*) FROM raw_market_data WHERE symbol = $1"


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[Simulator]:
    """A Bybit that replays the small market, with three days of history when it opens."""
    folder = write_market(tmp_path, DAYS)
    symbols = ("--symbols", "BTCUSDT,ETHUSDT", "--warmup-candles", str(HISTORY))
    async with running_simulator("--replay", str(folder), *symbols) as running:
        yield running


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[BybitClient]:
    """A client of it, opened."""
    made = simulator.client()
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database with this release's schema."""
    await schema.upgrade(database_url)
    made = await asyncpg.connect(database_url)
    yield made
    await made.close()


async def test_pages_become_rows_and_are_not_asked_for_again(
    client: BybitClient, connection: asyncpg.Connection, database_url: str
) -> None:
    """Every closed candle is a row with its digits; a second run fetches what is missing alone."""
    said: list[str] = []
    done = await download(database_url, client, WANTED, SHELF, said.append)
    there = await client.get_candles(InstrumentId("bybit", "BTCUSDT"), 300, 2_000)
    assert len(there) >= HISTORY
    assert await connection.fetchval(COUNT, "BTCUSDT") == len(there)
    newest = await connection.fetchval(
        "SELECT close FROM raw_market_data WHERE symbol = 'BTCUSDT' ORDER BY timestamp DESC"
    )
    assert newest == there[-1].close
    assert [(one.symbol, one.quality.missing) for one in done] == [("BTCUSDT", 0), ("ETHUSDT", 0)]
    assert all(one.processed > 200 for one in done)
    assert [one.raw_new for one in done] == [len(there)] * 2
    pages = [line for line in said if line.startswith("BTCUSDT") and "back to" in line]
    assert len(pages) >= HISTORY // WANTED.page_rows
    await connection.execute(
        "DELETE FROM raw_market_data WHERE symbol = 'BTCUSDT' AND timestamp = to_timestamp($1)",
        there[10].open_us / 1e6,
    )
    said.clear()
    again = await download(database_url, client, WANTED, SHELF, said.append)
    assert [one.raw_new for one in again] == [1, 0]
    assert len([line for line in said if "back to" in line and "ETHUSDT" in line]) == 0
    assert len([line for line in said if "back to" in line]) == 1
    assert await connection.fetchval(COUNT, "BTCUSDT") == len(there)


async def test_time_before_the_market_is_told_and_ends_the_walk(
    simulator: Simulator,
    connection: asyncpg.Connection,
    database_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A span that begins years before the first candle costs one empty page, not hundreds."""
    early = Span(from_us=START_US - 10**14, until_us=WANTED.span.until_us)
    await fetch(simulator.client(), database_url, replace(WANTED, span=early), SHELF)
    said = capsys.readouterr().out
    assert said.count("BTCUSDT: nothing is told of the time before") == 1
    assert await connection.fetchval(COUNT, "BTCUSDT") >= HISTORY


async def test_a_symbol_without_candles_is_refused(
    client: BybitClient, connection: asyncpg.Connection, database_url: str
) -> None:
    """A span that lies before every candle leaves nothing behind."""
    never = Span(from_us=START_US - 10**12, until_us=START_US - 10**11)
    with pytest.raises(CandlesRefused, match="no candles of that time"):
        await download(database_url, client, replace(WANTED, span=never), SHELF, lambda _: None)
    assert await connection.fetchval(COUNT, "BTCUSDT") == 0


async def test_rates_come_page_by_page_as_far_back_as_they_are_told(
    simulator: Simulator, client: BybitClient
) -> None:
    """Each once, in order, and the same whatever fits into a page."""
    whole = await _fetch_rates(client, BTC, WANTED)
    assert len(whole) > 4
    paged = await _fetch_rates(client, BTC, replace(WANTED, page_rows=2))
    assert paged[: len(whole)] == whole
    late = Span(from_us=whole[-2].ts_settled_us, until_us=WANTED.span.until_us)
    short = await _fetch_rates(client, BTC, replace(WANTED, page_rows=1, span=late))
    assert short[0] == whole[-2]


def test_an_assumption_replaces_no_rate_that_an_earlier_download_knew() -> None:
    """The exchange tells the newest rates alone, and what it told before is stored."""
    day_us = 86_400_000_000
    later = START_US + 2 * day_us
    rates = [
        FundingRate(
            instrument_id=InstrumentId("bybit", "BTCUSDT"),
            rate=Decimal("0.0003"),
            ts_settled_us=later,
        )
    ]
    known = {START_US + day_us: 0.0007, later: 0.0009}
    funding = _funding(rates, known, WANTED)
    found = dict(zip(funding.ts_us.tolist(), funding.rate.tolist(), strict=True))
    assert (found[START_US + day_us], found[later]) == (0.0007, 0.0003)
    assert set(found.values()) == {0.0001, 0.0003, 0.0007}
    assert list(found) == sorted(found)
