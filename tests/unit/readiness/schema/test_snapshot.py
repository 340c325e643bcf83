"""A snapshot holds every object of one schema, in the server's words, and nobody else's."""

from __future__ import annotations

import asyncpg
import pytest

from readiness.schema.snapshot import read_snapshot
from readiness.schema.snapshot_queries import QUERIES
from tests.unit.readiness.schema.planted import SCHEMA


async def test_every_kind_of_object_is_read(database_url: str) -> None:
    """One of everything is there, with the facts that a comparison needs."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(SCHEMA)
    seen = await read_snapshot(connection)
    await connection.close()
    assert {kind for kind, _ in seen} == {
        *("extension", "enum", "domain", "sequence", "function", "table", "column"),
        *("constraint", "index", "trigger", "view", "policy", "privilege"),
    }
    assert seen["enum", "status_enum"].facts["labels"] == "NEW, FILLED, CANCELED"
    assert seen["column", "orders.venue"].facts["collation"] == "C"
    assert seen["column", "orders.id"].facts["identity"] == "a"
    assert seen["sequence", "tickets"].facts["increment"] == "2"
    assert seen["table", "candles_1"].facts["partition of"] == "candles"
    live = seen["index", "live"].facts["definition"]
    assert "INCLUDE (price) WHERE status = 'NEW'" in live
    assert seen["privilege", "orders to public"].facts["granted"] == "SELECT"


async def test_what_belongs_to_an_extension_is_the_extensions(database_url: str) -> None:
    """The functions and types of an extension are told by its name and version alone."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE EXTENSION btree_gist")
    seen = await read_snapshot(connection)
    await connection.close()
    assert list(seen) == [("extension", "btree_gist")]


async def test_a_schema_that_is_not_there_is_refused(database_url: str) -> None:
    """A schema of another name is an error, never an empty snapshot."""
    connection = await asyncpg.connect(database_url)
    with pytest.raises(asyncpg.InvalidSchemaNameError, match="nowhere"):
        await read_snapshot(connection, "nowhere")
    await connection.close()


def test_every_question_is_about_one_schema() -> None:
    """Each question names the schema by its parameter, so that no other's objects are read."""
    assert all("$1" in query for query in QUERIES)
