"""Are the two databases the ones that the mapping speaks of? Asked before any row is looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from msgspec import UNSET

from readiness.reconcile.conversions import COMPARED_AS
from readiness.reconcile.databases import Database, DataRefused
from readiness.reconcile.mapping import Flow, Mapping
from readiness.reconcile.tally import Example, Tally

__all__ = ["Shape", "read_shape"]

COLUMNS = """
SELECT n.nspname || '.' || c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0
  AND NOT a.attisdropped
"""
# Of each type that values are compared as: the types from which that loses nothing.
COMPARABLE = {
    "numeric": re.compile(r"numeric|smallint|integer|bigint"),
    "boolean": re.compile(r"boolean"),
    "timestamptz": re.compile(r"timestamp(\(\d\))? with time zone"),
    "bigint": re.compile(r"uuid"),  # An id is compared as the key that it holds.
}

Columns = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the target's tables are made of: text lengths, and columns that cannot be compared."""

    columns: MappingOf[str, MappingOf[str, str]]
    not_compared: MappingOf[str, frozenset[str]]

    def text_lengths(self, flow: Flow) -> dict[str, int]:
        """The longest text of each column of the flow's target that has a longest."""
        found = {}
        for name, kind in self.columns[flow.into].items():
            bounded = re.fullmatch(r"character varying\((\d+)\)", kind)
            if bounded:
                found[name] = int(bounded[1])
        return found


async def read_shape(mapping: Mapping, source: Database, target: Database, tally: Tally) -> Shape:
    """Hold both catalogues against the mapping; raises DataRefused where they are others."""
    schemas = [mapping.source.schema, mapping.target.schema, mapping.target.bookkeeping]
    ours, theirs = await _columns(source, schemas), await _columns(target, schemas)
    fault = _not_the_source(mapping, ours)
    if fault and not _not_the_source(mapping, theirs) and not _not_the_target(mapping, ours):
        raise DataRefused("source and target are swapped: name them the other way round")
    fault = fault or _not_the_target(mapping, theirs)
    if fault:
        raise DataRefused(fault)
    not_compared: dict[str, frozenset[str]] = {}
    for flow in mapping.flows:
        unlike = {
            name: theirs[flow.into][name]
            for name in flow.columns
            if not _is_comparable(flow, name, theirs[flow.into][name], mapping)
        }
        not_compared[flow.name] = frozenset(unlike)
        for name, kind in unlike.items():
            wanted = COMPARED_AS[mapping.conversions[flow.columns[name].conversion].kind]
            example = Example(key=name, expected=wanted, found=kind)
            tally.add("column-not-compared", flow.into, example)
    return Shape(columns=theirs, not_compared=not_compared)


async def _columns(database: Database, schemas: list[str]) -> Columns:
    found: Columns = {}
    for table, name, kind in await database.rows(COLUMNS, schemas):
        found.setdefault(table, {})[name] = kind
    return found


def _not_the_source(mapping: Mapping, live: Columns) -> str:
    """Why this cannot be the mapping's source; empty when it can."""
    for table, columns in mapping.source.tables.items():
        there = live.get(f"{mapping.source.schema}.{table}")
        if there is None:
            return (
                f"the source database has no table {mapping.source.schema}.{table}, which the"
                " mapping names: give the URL of the old database, or a mapping of its own"
            )
        for name, kind in columns.items():
            if there.get(name) != kind:
                return (
                    f"the source database has {table}.{name} as {there.get(name, 'no column')},"
                    f" expected {kind}: it is of another version, so correct the mapping"
                )
    return ""


def _not_the_target(mapping: Mapping, live: Columns) -> str:
    for flow in mapping.flows:
        there = live.get(flow.into)
        if there is None:
            return (
                f"the target database has no table {flow.into}: run the migration first, or give"
                " the URL of the new database"
            )
        missing = sorted(set(flow.columns) - set(there))
        if missing:
            return (
                f"the target database has no column {flow.into}.{missing[0]}, which the mapping"
                " fills: upgrade its schema, or correct the mapping"
            )
    return ""


def _is_comparable(flow: Flow, name: str, kind: str, mapping: Mapping) -> bool:
    column = flow.columns[name]
    if column.constant is not UNSET:
        return True  # Compared as the text that PostgreSQL prints.
    wanted = COMPARED_AS[mapping.conversions[column.conversion].kind]
    return (
        wanted == "text"
        or COMPARABLE[wanted].fullmatch(kind.partition("(")[0]) is not None
        or (COMPARABLE[wanted].fullmatch(kind) is not None)
    )
