"""Migrations and definitions agree, and where one of them is changed it is seen."""

from __future__ import annotations

import asyncpg
import pytest

from bot_trading.storage import schema
from bot_trading.storage.tables import metadata
from readiness.schema.catalogue import read_catalogue
from readiness.schema.declared import BOOKKEEPING, declared_snapshot, statements_of
from readiness.schema.defects import drawn_defects, measure_recall
from readiness.schema.difference import compare_snapshots
from readiness.schema.snapshot import read_snapshot
from readiness.scratch_database import scratch_database


def test_every_defined_table_is_made() -> None:
    """Types first, then tables, then indexes."""
    statements = statements_of(metadata)
    made = [text for text in statements if text.strip().startswith("CREATE TABLE")]
    assert len(made) == len(metadata.tables)
    assert statements[0].startswith("CREATE TYPE")


async def test_migrations_and_definitions_agree(database_url: str, postgres_url: str) -> None:
    """Object by object, but for what migrations keep for themselves."""
    await schema.upgrade(database_url)
    migrated = await asyncpg.connect(database_url)
    async with scratch_database(postgres_url) as url:
        empty = await asyncpg.connect(url)
        declared = await declared_snapshot(empty)
        await empty.close()
    found = await read_snapshot(migrated)
    await migrated.close()
    differences = compare_snapshots(declared, found)
    assert {it.place.table or it.place.name for it in differences} == {BOOKKEEPING}


@pytest.mark.parametrize("seed", [1, 2])
async def test_losses_that_nobody_chose_are_seen(database_url: str, seed: int) -> None:
    """Of columns, defaults, rules and indexes, drawn by seed; without the comparison many are
    not."""
    await schema.upgrade(database_url)
    connection = await asyncpg.connect(database_url)
    catalogue, whole = await read_catalogue(connection), await read_snapshot(connection)
    drawn = drawn_defects(catalogue, seed, 12)
    assert drawn == drawn_defects(catalogue, seed, 12)
    recall, missed = await measure_recall(connection, catalogue, whole, drawn)
    assert missed == ()
    assert recall.seeded >= 25
    assert await read_snapshot(connection) == whole
    await connection.close()


async def test_other_seeds_draw_other_losses(database_url: str) -> None:
    """And no two are the same."""
    await schema.upgrade(database_url)
    connection = await asyncpg.connect(database_url)
    catalogue = await read_catalogue(connection)
    await connection.close()
    first, second = (drawn_defects(catalogue, seed, 40) for seed in (1, 2))
    assert first != second
    assert len(set(first)) == 40
