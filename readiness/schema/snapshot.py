"""A whole live schema as plain values: every object, by kind and name, with its facts as text.

Two snapshots are equal exactly when the schemas are, as far as the server can tell them apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from readiness.schema.snapshot_queries import QUERIES

__all__ = ["SchemaObject", "Snapshot", "read_snapshot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaObject:
    """One object of a schema; `table` is empty for what belongs to no table.

    `kind` is one of extension, enum, domain, sequence, function, table, column, constraint,
    index, trigger, view, policy, privilege. Parts of a table are named `table.part`.
    """

    kind: str
    name: str
    table: str
    facts: Mapping[str, str]


Snapshot = dict[tuple[str, str], SchemaObject]


async def read_snapshot(connection: asyncpg.Connection, schema: str = "public") -> Snapshot:
    """Everything in `schema`, in the order in which it would be made; uncommitted changes count.

    Names of the schema's own objects are told without the schema, so that schemas of different
    names can be compared. Raises asyncpg.InvalidSchemaNameError where it does not exist.
    """
    found: Snapshot = {}
    before = await connection.fetchval("SHOW search_path")
    await connection.execute("SELECT set_config('search_path', $1, false)", f'"{schema}"')
    for query in QUERIES:
        for kind, name, table, facts in await connection.fetch(f"{query}\nORDER BY 2", schema):
            texts = {fact: _text(value) for fact, value in json.loads(facts).items()}
            found[kind, name] = SchemaObject(kind=kind, name=name, table=table, facts=texts)
    await connection.execute("SELECT set_config('search_path', $1, false)", before)
    return found


def _text(value: object) -> str:
    """One fact as text; yes and no read better than JSON's words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
