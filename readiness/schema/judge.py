"""Holds a live catalogue against the demands; every difference is a finding with its fix."""

from __future__ import annotations

from collections.abc import Iterator

import asyncpg

from readiness.check import Evidence, Finding, Location, Severity
from readiness.schema.catalogue import Catalogue, Column
from readiness.schema.demands import (
    ENUM_WORDS,
    FOREIGN_KEYS,
    INDEXES,
    ORDERS,
    ROWS,
    TABLES,
    UNIQUE_KEYS,
    Row,
)

__all__ = ["DEMAND_COUNT", "find_differences"]

FLOATS = ("real", "double precision")
DEMAND_COUNT = sum(
    len(part) for part in (TABLES, ORDERS, ENUM_WORDS, INDEXES, FOREIGN_KEYS, UNIQUE_KEYS, ROWS)
)
FIX = "Add a migration that restores it, and find out which one lost it"


async def find_differences(
    catalogue: Catalogue, connection: asyncpg.Connection
) -> tuple[Finding, ...]:
    """Everything in which the live schema falls short of the demands, in their order."""
    found = [
        *_tables(catalogue),
        *_orders(catalogue),
        *_kinds(catalogue),
        *_enums(catalogue),
        *_keys(catalogue),
        *_indexes(catalogue),
    ]
    for row in ROWS:
        found += await _row(row, catalogue, connection)
    return tuple(found)


def _differs(rule_id: str, severity: Severity, place: str, demanded: str, seen: str) -> Finding:
    return Finding(
        rule_id=f"schema-{rule_id}",
        severity=severity,
        message=f"{place}: expected {demanded}, found {seen}",
        fix=FIX,
        location=Location(path=place),
        evidence=(
            Evidence(what=place, measured=seen, limit=demanded, source="PostgreSQL catalogue"),
        ),
    )


def _tables(catalogue: Catalogue) -> Iterator[Finding]:
    for table in TABLES:
        if table not in catalogue.columns:
            yield _differs("table", Severity.CRITICAL, table, "a table", "none")
        elif not catalogue.rules_of(table, "p"):
            yield _differs("primary-key", Severity.HIGH, table, "a primary key", "none")


def _orders(catalogue: Catalogue) -> Iterator[Finding]:
    live = catalogue.columns.get("orders", {})
    for name, demanded in ORDERS.items():
        if live.get(name) != demanded:
            place = f"orders.{name}"
            seen = _spelled(live[name]) if name in live else "no such column"
            yield _differs("column", Severity.CRITICAL, place, _spelled(demanded), seen)


def _spelled(column: Column) -> str:
    null = "" if column.nullable else " NOT NULL"
    default = f" DEFAULT {column.default}" if column.default else ""
    return f"{column.kind}{null}{default}"


def _kinds(catalogue: Catalogue) -> Iterator[Finding]:
    """Money is exact and instants have a time zone, in every table."""
    for table, columns in catalogue.columns.items():
        for name, column in columns.items():
            place = f"{table}.{name}"
            if column.kind in FLOATS:
                yield _differs("float", Severity.CRITICAL, place, "an exact type", column.kind)
            if column.kind.endswith("without time zone"):
                yield _differs("time-zone", Severity.HIGH, place, "a time zone", column.kind)


def _enums(catalogue: Catalogue) -> Iterator[Finding]:
    for name, words in ENUM_WORDS.items():
        missing = [word for word in words if word not in catalogue.enums.get(name, ())]
        if missing:
            seen = ", ".join(catalogue.enums.get(name, ())) or "no such type"
            yield _differs("enum", Severity.CRITICAL, name, ", ".join(words), seen)


def _keys(catalogue: Catalogue) -> Iterator[Finding]:
    for table, target in FOREIGN_KEYS:
        if target not in {rule.target for rule in catalogue.rules_of(table, "f")}:
            demanded = f"a foreign key to {target}"
            yield _differs("foreign-key", Severity.HIGH, table, demanded, "none")
    for table, columns in UNIQUE_KEYS:
        rules = catalogue.rules_of(table, "u") + catalogue.rules_of(table, "p")
        if columns not in {frozenset(rule.columns) for rule in rules}:
            demanded = f"a unique key on {', '.join(sorted(columns))}"
            yield _differs("unique-key", Severity.CRITICAL, table, demanded, "none")


def _indexes(catalogue: Catalogue) -> Iterator[Finding]:
    for name, (table, columns) in INDEXES.items():
        wanted = f"CREATE INDEX {name} ON public.{table} USING btree {columns}"
        if (table, wanted) not in catalogue.indexes:
            similar = [text for _, text in catalogue.indexes if f" {name} " in text]
            seen = similar[0] if similar else "no such index"
            yield _differs("index", Severity.MEDIUM, name, wanted, seen)


async def _row(row: Row, catalogue: Catalogue, connection: asyncpg.Connection) -> list[Finding]:
    """Evaluate the table's own rules over a row, without writing it."""
    columns = catalogue.columns.get(row.table, {})
    values = dict(row.values)
    place = f"{row.table}: {row.why}"
    unknown = sorted(set(values) - set(columns))
    if unknown:
        seen = f"no column {', '.join(unknown)}"
        return [_differs("row", Severity.CRITICAL, place, _word(row.accepted), seen)]
    accepted = await _accepts(values, row.table, catalogue, connection)
    if accepted == row.accepted:
        return []
    return [_differs("row", Severity.CRITICAL, place, _word(row.accepted), _word(accepted))]


def _word(accepted: bool) -> str:
    return "accepted" if accepted else "refused"


async def _accepts(
    values: dict[str, str | None],
    table: str,
    catalogue: Catalogue,
    connection: asyncpg.Connection,
) -> bool:
    """Would the NOT NULLs, types and CHECKs that concern only these columns let the row in?"""
    columns = catalogue.columns[table]
    if any(value is None and not columns[name].nullable for name, value in values.items()):
        return False
    rules = [
        rule.expression
        for rule in catalogue.rules_of(table, "c")
        if set(rule.columns) <= set(values)
    ]
    casts = ", ".join(
        f'CAST(${place} AS text)::{columns[name].kind} AS "{name}"'
        for place, name in enumerate(values, start=1)
    )
    verdicts = ", ".join(f"({rule}) IS NOT FALSE" for rule in ["true", *rules])
    # codelint: ok S09 because names and rules are the catalogue's own; the values are parameters
    question = f"SELECT {verdicts} FROM (SELECT {casts}) AS row_"  # noqa: S608 (the catalogue's own words)
    try:
        async with connection.transaction():
            return all((await connection.fetch(question, *values.values()))[0])
    except asyncpg.DataError:  # For example a word that the enum does not know.
        return False
