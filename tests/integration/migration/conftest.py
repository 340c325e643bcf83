"""Two databases per test: an aged one of v2, and an empty one of v3."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from bot_trading.storage import schema
from legacy_v2.aged import AgedDatabase, age
from migration.run import Sides, catch_up, copy_all, opened
from readiness.scratch_database import scratch_database

ROOT = Path(__file__).resolve().parents[3]
MAPPING = ROOT / "migration/v2_to_v3.yaml"
SCHEMA = ROOT / "legacy_v2/schema.sql"
ORDERS = 600
BATCH_ROWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """Addresses of both sides, and what the aged one was made of."""

    v2: str
    v3: str
    made: AgedDatabase | None = None

    def execute(self, side: str, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Run a statement on `v2` or `v3` and commit; its rows, if it gives any."""
        with psycopg.connect(getattr(self, side), autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def content(self, side: str, tables: Mapping[str, str]) -> dict[str, str]:
        """A digest of every row of these tables (with the column that orders them)."""
        digests = {}
        for table, key in tables.items():
            query = f"SELECT t::text FROM {table} AS t ORDER BY {key}"  # noqa: S608 (our own names)
            rows = self.execute(side, query)
            digests[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
        return digests

    def number(self, side: str, query: str) -> int:
        """The one number that a query gives."""
        return int(str(self.execute(side, query)[0][0]))

    @contextmanager
    def opened(self, mapping: Path = MAPPING) -> Iterator[Sides]:
        """Both sides as a command opens them."""
        with opened(self.v2, self.v3, mapping) as sides:
            yield sides

    def migrate(self, mapping: Path = MAPPING) -> list[int]:
        """Copy and catch up; rows that each round has changed."""
        with self.opened(mapping) as sides:
            copy_all(sides, batch_rows=BATCH_ROWS, advance=lambda *_: None)
            return catch_up(sides, batch_rows=BATCH_ROWS)


V2_TABLES = {
    "orders": "id",
    "exchange_orders": "id",
    "trades": "id",
    "signals": "id",
    "sltp_orders": "id",
    "positions": "id",
    "balances": "id",
    "config": "key",
}
V3_TABLES = {
    "public.orders": "id",
    "migration.v2_trades": "id",
    "migration.v2_signals": "id",
    "migration.v2_sltp_orders": "id",
    "migration.v2_positions": "id",
    "migration.v2_balances": "id",
    "migration.key_map": "flow, source_key",
    "migration.quarantine": "flow, source_key",
    "migration.verbatim": "source_table, source_key",
    "migration.progress": "flow",
}


@pytest.fixture
async def empty_v2(postgres_url: str) -> AsyncIterator[str]:
    """Address of a database with v2's tables and no rows."""
    async with scratch_database(postgres_url) as url:
        with psycopg.connect(url) as connection:
            connection.execute(SCHEMA.read_text("utf-8"))
        yield url


@pytest.fixture
async def databases(postgres_url: str) -> AsyncIterator[Databases]:
    """A clean aged v2 beside an empty v3."""
    async with scratch_database(postgres_url) as v2, scratch_database(postgres_url) as v3:
        await schema.upgrade(v3)
        yield Databases(v2=v2, v3=v3, made=age(v2, rows=ORDERS, seed=11))
