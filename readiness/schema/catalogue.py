"""The live catalogue of a PostgreSQL schema, as plain values that can be compared.

Everything is asked of the server itself; the bot's own table definitions are never looked at,
since a check that shares them with what it checks proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

__all__ = ["Catalogue", "Column", "Rule", "read_catalogue"]

COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
ENUMS = """
SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
WHERE t.typnamespace = 'public'::regnamespace GROUP BY t.typname ORDER BY t.typname
"""
CONSTRAINTS = """
SELECT c.relname, n.contype::text, n.conname, n.convalidated,
       (SELECT array_agg(a.attname::text ORDER BY k.place)
        FROM unnest(n.conkey) WITH ORDINALITY k(number, place)
        JOIN pg_attribute a ON a.attrelid = n.conrelid AND a.attnum = k.number),
       coalesce(pg_get_expr(n.conbin, n.conrelid), ''), coalesce(f.relname, '')
FROM pg_constraint n
JOIN pg_class c ON c.oid = n.conrelid
LEFT JOIN pg_class f ON f.oid = n.confrelid
WHERE n.connamespace = 'public'::regnamespace AND n.contype IN ('c', 'f', 'p', 'u')
ORDER BY c.relname, n.conname
"""
INDEXES = """
SELECT t.relname, pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = 'public'::regnamespace AND i.indisvalid AND i.indisready
ORDER BY t.relname, i.indexrelid::regclass::text
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `default` is the server's own spelling, empty where there is none."""

    kind: str
    nullable: bool
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One constraint of a table: `kind` is c (check), f (foreign key), p (primary) or u (unique).

    `expression` belongs to a check, `target` is the table that a foreign key points to.
    """

    table: str
    kind: str
    name: str
    validated: bool
    columns: tuple[str, ...]
    expression: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything that is compared, by table; `indexes` are spelled by the server."""

    columns: Mapping[str, Mapping[str, Column]]
    enums: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    indexes: tuple[tuple[str, str], ...]

    def rules_of(self, table: str, kind: str) -> tuple[Rule, ...]:
        """The valid constraints of one kind on one table."""
        return tuple(
            rule
            for rule in self.rules
            if (rule.table, rule.kind, rule.validated) == (table, kind, True)
        )


async def read_catalogue(connection: asyncpg.Connection) -> Catalogue:
    """Read the schema `public` as this connection sees it, uncommitted changes included."""
    columns: dict[str, dict[str, Column]] = {}
    for table, name, kind, nullable, default in await connection.fetch(COLUMNS):
        column = Column(kind=kind, nullable=nullable, default=default)
        columns.setdefault(table, {})[name] = column
    rules = tuple(
        Rule(
            table=table,
            kind=kind,
            name=name,
            validated=validated,
            columns=tuple(names or ()),
            expression=expression,
            target=target,
        )
        for table, kind, name, validated, names, expression, target in await connection.fetch(
            CONSTRAINTS
        )
    )
    return Catalogue(
        columns=columns,
        enums={name: tuple(labels) for name, labels in await connection.fetch(ENUMS)},
        rules=rules,
        indexes=tuple((table, definition) for table, definition in await connection.fetch(INDEXES)),
    )
