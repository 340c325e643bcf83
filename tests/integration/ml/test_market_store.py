"""Candles on disk become rows, rows become the features that training saw."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import asyncpg
import numpy as np
import pytest
from typer.testing import CliRunner

from bot_trading.features.engineer import FeatureEngineer
from bot_trading.features.kernel import batch_features
from bot_trading.ml.cli import app
from bot_trading.ml.dataset import Sources, table_of
from bot_trading.ml.market_store import Shelf, import_sources
from bot_trading.ml.refusals import CandlesRefused, ModelError
from bot_trading.storage import schema
from tests.builders.small_market import market, write_market

pytestmark = pytest.mark.timeout(300)

SHELF = Shelf(account="research", exchange="bybit")
NEWEST = "SELECT * FROM processed_market_data WHERE symbol = $1 ORDER BY timestamp DESC LIMIT 200"
DAYS = 3


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database with this release's schema."""
    await schema.upgrade(database_url)
    made = await asyncpg.connect(database_url)
    yield made
    await made.close()


def _with_gap(sources: Sources) -> Sources:
    """The same without one of BTC's candles, and with a torn one that no market makes."""
    series = sources.candles["BTCUSDT"]
    high = series.high.copy()
    high[700] = series.low[700] / 2
    torn = replace(series, high=high).take(np.arange(len(series)) != 600)
    return replace(sources, candles={**sources.candles, "BTCUSDT": torn})


async def test_stored_rows_give_the_features_of_training(
    connection: asyncpg.Connection, database_url: str
) -> None:
    """The query of 200 rows, newest first, gives the batch's last row to 1e-9."""
    sources = market(DAYS)
    said: list[str] = []
    done = await import_sources(database_url, sources, SHELF, said.append)
    assert [(one.symbol, one.raw_new) for one in done] == [("BTCUSDT", 864), ("ETHUSDT", 864)]
    assert all("0 gaps with 0 candles" in line for line in said)
    rows = await connection.fetch(NEWEST, "ETHUSDT")
    found = FeatureEngineer.calculate_features([dict(row) for row in rows]).values_row[0]
    wanted = batch_features(table_of(sources, "ETHUSDT"))[-1]
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


async def test_a_price_is_stored_as_its_digits(
    connection: asyncpg.Connection, database_url: str
) -> None:
    """What the file says as 60123.45 is 60123.45 in the table, not its binary neighbour."""
    sources = market(DAYS)
    await import_sources(database_url, sources, SHELF)
    stored = await connection.fetchval(
        "SELECT close FROM raw_market_data WHERE symbol = 'BTCUSDT' ORDER BY timestamp LIMIT 1"
    )
    assert stored == Decimal(repr(float(sources.candles["BTCUSDT"].close[0])))


async def test_an_import_is_resumed_by_importing_again(
    connection: asyncpg.Connection, database_url: str
) -> None:
    """What is missing is written, what is there stays, and nothing is there twice."""
    sources = market(DAYS)
    await import_sources(database_url, sources, SHELF)
    await connection.execute("DELETE FROM raw_market_data WHERE extract(hour FROM timestamp) = 5")
    again = await import_sources(database_url, sources, SHELF)
    assert [one.raw_new for one in again] == [DAYS * 12, DAYS * 12]
    assert await connection.fetchval("SELECT count(*) FROM raw_market_data") == 2 * 864


async def test_gaps_are_told_marked_and_mended_later(
    connection: asyncpg.Connection, database_url: str
) -> None:
    """A missing and an impossible candle are no raw rows, and flat marked ones until they come."""
    marked = "SELECT count(*) FROM processed_market_data WHERE is_filled_gap"
    broken = await import_sources(database_url, _with_gap(market(DAYS)), SHELF)
    assert (broken[0].quality.missing, broken[0].quality.impossible) == (1, 1)
    assert broken[0].raw_new == 862
    assert await connection.fetchval(marked) == 2
    whole = await import_sources(database_url, market(DAYS), SHELF)
    assert whole[0].raw_new == 2
    assert await connection.fetchval(marked) == 0


async def test_too_many_gaps_are_refused_before_the_first_row(
    connection: asyncpg.Connection, database_url: str
) -> None:
    """A file that lacks every third candle is another market than it claims."""
    sources = market(DAYS)
    series = sources.candles["BTCUSDT"]
    holed = replace(
        sources, candles={**sources.candles, "BTCUSDT": series.take(np.arange(864) % 3 > 0)}
    )
    with pytest.raises(CandlesRefused, match="are missing"):
        await import_sources(database_url, holed, SHELF)
    assert await connection.fetchval("SELECT count(*) FROM raw_market_data") == 0


async def test_an_old_schema_and_a_wrong_address_are_told(database_url: str) -> None:
    """One sentence each: upgrade the schema, check the address."""
    with pytest.raises(ModelError, match="upgrade it"):
        await import_sources(database_url, market(DAYS), SHELF)
    with pytest.raises(ModelError, match="check DATABASE_URL"):
        await import_sources("postgresql://127.0.0.1:1/none", market(DAYS), SHELF)


def test_the_command_imports_a_folder(postgres_url: str, tmp_path: Path) -> None:
    """Each symbol's counts and gaps are told, and the rows are there."""
    asyncio.run(schema.upgrade(postgres_url))
    candles = write_market(tmp_path, DAYS)
    done = CliRunner().invoke(
        app,
        ["import", "--candles", str(candles), "--exchange", "bybit", "--account", "command"],
        env={"DATABASE_URL": postgres_url},
    )
    assert done.exit_code == 0, done.output
    assert "ETHUSDT: 864 new candles of 864" in done.output
    refused = CliRunner().invoke(
        app, ["import", "--candles", str(tmp_path / "none"), "--exchange", "bybit"]
    )
    assert refused.exit_code == 2
