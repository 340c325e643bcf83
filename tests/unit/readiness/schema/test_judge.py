"""The judge of schemas, on the migrated database and on damaged copies of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from bot_trading.storage import schema
from readiness.schema.catalogue import read_catalogue
from readiness.schema.demands import ORDERS, ROWS, TABLES
from readiness.schema.judge import DEMAND_COUNT, find_differences


@pytest.fixture
async def migrated(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a migrated database."""
    await schema.upgrade(database_url)
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def _rule_ids(connection: asyncpg.Connection) -> list[str]:
    found = await find_differences(await read_catalogue(connection), connection)
    return [f"{finding.rule_id} {finding.location}" for finding in found]


async def test_the_migrated_schema_meets_every_demand(migrated: asyncpg.Connection) -> None:
    """Nothing is missing after the migrations."""
    assert await _rule_ids(migrated) == []


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        ("DROP TABLE balances", "schema-table balances"),
        ("ALTER TABLE orders ALTER position_idx DROP DEFAULT", "schema-column orders.position_idx"),
        ("ALTER TABLE orders ALTER price TYPE float8", "schema-float orders.price"),
        ("ALTER TABLE fills ALTER event_at TYPE timestamp", "schema-time-zone fills.event_at"),
        ("ALTER TYPE order_side_enum RENAME VALUE 'BUY' TO 'Buy'", "schema-enum order_side_enum"),
        ("DROP INDEX idx_orders_created_at", "schema-index idx_orders_created_at"),
        ("ALTER TABLE orders DROP CONSTRAINT orders_signal_id_fkey", "schema-foreign-key orders"),
        (
            "ALTER TABLE orders DROP CONSTRAINT orders_client_order_id_key CASCADE",
            "schema-unique-key orders",
        ),
        ("ALTER TABLE model_runs DROP CONSTRAINT model_runs_pkey", "schema-primary-key model_runs"),
        (
            "ALTER TABLE orders DROP CONSTRAINT orders_position_idx_leg_check",
            "schema-row orders: an order whose leg was forgotten",
        ),
        (
            "ALTER TABLE orders DROP CONSTRAINT orders_quantity_check",
            "schema-row orders: an order of nothing",
        ),
        (
            "ALTER TABLE orders ADD CHECK (position_idx = 1)",
            "schema-row orders: an order of the short leg",
        ),
        (
            "ALTER TABLE signals RENAME confidence_ratio TO confidence",
            "schema-row signals: a signal that is certain",
        ),
    ],
)
async def test_each_damage_is_named(
    migrated: asyncpg.Connection, damage: str, finding: str
) -> None:
    """What a careless migration could do is found under its rule and its place."""
    await migrated.execute(damage)
    assert finding in await _rule_ids(migrated)


async def test_an_empty_database_misses_everything(database_url: str) -> None:
    """Without migrations every table, column and rule is missing, and nothing crashes."""
    connection = await asyncpg.connect(database_url)
    found = await _rule_ids(connection)
    await connection.close()
    assert len([name for name in found if name.startswith("schema-table ")]) == len(TABLES)
    assert len([name for name in found if name.startswith("schema-column ")]) == len(ORDERS)
    assert len([name for name in found if name.startswith("schema-row ")]) == len(ROWS)
    assert len(found) == DEMAND_COUNT


async def test_judging_writes_nothing(migrated: asyncpg.Connection) -> None:
    """Rows are judged by the table's rules without being stored."""
    await _rule_ids(migrated)
    assert await migrated.fetchval("SELECT count(*) FROM orders") == 0
