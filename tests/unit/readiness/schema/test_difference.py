"""Planted differences are told with the right severity, and equal schemas have none."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from readiness.check import Severity
from readiness.schema.difference import Difference, compare_snapshots
from readiness.schema.mend import mend
from readiness.schema.snapshot import Snapshot, read_snapshot
from tests.unit.readiness.schema.planted import PLANTED, SCHEMA


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A database with one of everything."""
    opened = await asyncpg.connect(database_url)
    await opened.execute(SCHEMA)
    yield opened
    await opened.close()


async def _planted(
    statement: str, connection: asyncpg.Connection
) -> tuple[tuple[Difference, ...], Snapshot, Snapshot]:
    expected = await read_snapshot(connection)
    await connection.execute(statement)
    found = await read_snapshot(connection)
    return compare_snapshots(expected, found), expected, found


@pytest.mark.parametrize(("statement", "place", "severity"), PLANTED)
async def test_a_planted_difference_is_told(
    statement: str, place: str, severity: Severity, connection: asyncpg.Connection
) -> None:
    """It is told of the object that was changed, at its severity, and at nothing worse."""
    differences, _, _ = await _planted(statement, connection)
    told = {(f"{it.place.kind} {it.place.name}", it.severity) for it in differences}
    assert (place, severity) in told
    assert min(it.severity.rank for it in differences) == severity.rank


MENDABLE = [statement for statement, _, _ in PLANTED if "EXPIRED" not in statement]


@pytest.mark.parametrize("statement", MENDABLE)
async def test_the_mending_statements_mend(statement: str, connection: asyncpg.Connection) -> None:
    """After the statements that are offered the two schemas are equal again."""
    differences, expected, found = await _planted(statement, connection)
    for difference in differences:
        await connection.execute(mend(difference, expected, found))
    assert compare_snapshots(expected, await read_snapshot(connection)) == ()


async def test_what_cannot_be_mended_in_place_is_said(connection: asyncpg.Connection) -> None:
    """PostgreSQL drops no label of an enum, so the statement is a comment that says what to do."""
    statement = "ALTER TYPE status_enum ADD VALUE 'EXPIRED'"
    differences, expected, found = await _planted(statement, connection)
    (text,) = (mend(difference, expected, found) for difference in differences)
    assert text.startswith("-- Labels cannot be dropped")


async def test_equal_schemas_have_no_difference(
    connection: asyncpg.Connection, postgres_url: str
) -> None:
    """The same statements make the same schema, in another schema of another name too."""
    expected = await read_snapshot(connection)
    await connection.execute("CREATE SCHEMA twin; SET search_path TO twin, public")
    await connection.execute(SCHEMA.replace("CREATE EXTENSION btree_gist;", ""))
    found = await read_snapshot(connection, "twin")
    assert compare_snapshots(expected, found) == ()
    assert len(found) > 30


async def test_the_parts_of_a_missing_table_are_told_once(connection: asyncpg.Connection) -> None:
    """A lost table is one difference, and its columns, keys and sequences are none of their own."""
    differences, _, _ = await _planted("DROP TABLE fills", connection)
    assert [(it.place.kind, it.place.name) for it in differences] == [("table", "fills")]
    assert differences[0].texts == ("table", "nothing")


async def test_both_values_are_told(connection: asyncpg.Connection) -> None:
    """A difference says what was expected and what was found, in the server's words."""
    differences, _, _ = await _planted(
        "ALTER TABLE fills ALTER fee TYPE double precision", connection
    )
    assert [it.texts for it in differences] == [("numeric", "double precision")]


async def test_a_snapshot_leaves_the_connection_as_it_was(connection: asyncpg.Connection) -> None:
    """The search path of the caller is the same before and after."""
    await connection.execute("SET search_path TO public, pg_temp")
    await read_snapshot(connection)
    assert await connection.fetchval("SHOW search_path") == "public, pg_temp"
