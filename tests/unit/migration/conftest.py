"""A small database of v2 and an empty one for the migration's own tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from migration.databases import Connection, connect_source, connect_target
from migration.mapping import MigrationMapping
from migration.mapping_rules import load_mapping
from readiness.scratch_database import scratch_database

ROOT = Path(__file__).resolve().parents[3]
ROWS = """
    INSERT INTO orders (symbol, side, quantity, price, status) VALUES
        ('BTCUSDT', 'Buy', 2, 100, 'Filled'), ('BTCUSDT', 'Sell', 2, 101, 'Filled'),
        ('ETHUSDT', 'buy', 1, 10, 'New');
    INSERT INTO exchange_orders (order_id, exchange_order_id, order_type, reason) VALUES
        (1, 'a', 'Market', 'entry'), (2, 'b', 'Market', 'reverse'), (3, 'c', 'Limit', 'entry');
    INSERT INTO trades (order_id, trade_id, symbol, side, quantity, price, fee, realized_pnl,
                        is_maker, executed_at) VALUES
        (1, 't1', 'BTCUSDT', 'Buy', 0.5, 100, 0.03, 0, 0, '2025-01-01 23:59:59'),
        (1, 't2', 'BTCUSDT', 'Buy', 1.5, 104, 0.09, 0, 1, '2025-01-02 00:00:00'),
        (2, 't3', 'BTCUSDT', 'Sell', 2, 101, 0.11, -4, 0, '2025-01-02 00:00:01');
    INSERT INTO config VALUES ('a', '1'), ('b', NULL);
"""


@pytest.fixture(scope="session")
def mapping() -> MigrationMapping:
    """The mapping that ships."""
    return load_mapping(ROOT / "migration/v2_to_v3.yaml")


@pytest.fixture
async def v2_url(postgres_url: str) -> AsyncIterator[str]:
    """Address of a database of v2 with three orders."""
    async with scratch_database(postgres_url) as url:
        with psycopg.connect(url) as connection:
            connection.execute((ROOT / "legacy_v2/schema.sql").read_text("utf-8"))
            connection.execute(ROWS)
        yield url


@pytest.fixture
def source(v2_url: str) -> Iterator[Connection]:
    """A read-only session on v2."""
    with connect_source(v2_url) as connection:
        yield connection


@pytest.fixture
def target(database_url: str) -> Iterator[Connection]:
    """A session on an empty database, without v3's tables."""
    with connect_target(database_url) as connection:
        yield connection
