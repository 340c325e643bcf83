"""The catalogue is read as the server holds it, uncommitted changes included."""

from __future__ import annotations

import asyncpg

from readiness.schema.catalogue import Column, read_catalogue

SCHEMA = """
CREATE TYPE colour AS ENUM ('RED', 'GREEN');
CREATE TABLE parents (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE children (
    number integer NOT NULL UNIQUE,
    amount numeric(20, 8) DEFAULT 0 CHECK (amount >= 0),
    colour colour,
    parent_id uuid REFERENCES parents,
    dropped text
);
ALTER TABLE children DROP COLUMN dropped;
ALTER TABLE children ADD CONSTRAINT later CHECK (number > 0) NOT VALID;
CREATE INDEX by_colour ON children (colour, number DESC);
"""


async def test_everything_that_is_compared_is_read(database_url: str) -> None:
    """Columns, defaults, enums, keys, checks and indexes, in the server's own spelling."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(SCHEMA)
    seen = await read_catalogue(connection)
    await connection.close()
    assert list(seen.columns) == ["children", "parents"]
    assert list(seen.columns["children"]) == ["number", "amount", "colour", "parent_id"]
    assert seen.columns["children"]["amount"] == Column(
        kind="numeric(20,8)", nullable=True, default="0"
    )
    assert seen.enums == {"colour": ("RED", "GREEN")}
    assert [rule.columns for rule in seen.rules_of("parents", "p")] == [("id",)]
    assert [rule.columns for rule in seen.rules_of("children", "u")] == [("number",)]
    assert [rule.target for rule in seen.rules_of("children", "f")] == ["parents"]
    assert (
        "children",
        "CREATE INDEX by_colour ON public.children USING btree (colour, number DESC)",
    ) in seen.indexes


async def test_a_constraint_that_was_never_validated_does_not_count(database_url: str) -> None:
    """NOT VALID lets old rows break the rule, so it is no rule yet."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(SCHEMA)
    seen = await read_catalogue(connection)
    await connection.close()
    assert {rule.name for rule in seen.rules if rule.kind == "c"} >= {"later"}
    assert [rule.columns for rule in seen.rules_of("children", "c")] == [("amount",)]


async def test_two_readings_of_one_schema_are_equal(database_url: str) -> None:
    """Equality of catalogues means equality of schemas, so that a round trip can be judged."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(SCHEMA)
    first = await read_catalogue(connection)
    assert await read_catalogue(connection) == first
    await connection.execute("ALTER TABLE children ALTER COLUMN number SET DEFAULT 1")
    assert await read_catalogue(connection) != first
    await connection.close()
