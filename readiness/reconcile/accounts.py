"""Is every row of the source accounted for: copied, or in quarantine with a reason that holds?

The migration's own books are read here and believed in nothing: their keys are held against the
source's keys, their reasons against the values, their rows against the rows.
"""

# ruff: noqa: S608 (every name is the mapping's or the catalogue's own, quoted)

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from readiness.reconcile.conversions import KEY_END, literal, quoted
from readiness.reconcile.databases import Database
from readiness.reconcile.digests import Range, target_bounds
from readiness.reconcile.mapping import Flow, Mapping
from readiness.reconcile.sides import Sides, where_sql
from readiness.reconcile.tally import Example, Tally

__all__ = [
    "Books",
    "check_books",
    "check_quarantine",
    "check_strays",
    "check_verbatim",
    "open_books",
]

# Reasons that lie in other rows, not in a value of the row itself.
OF_OTHER_ROWS = frozenset({"duplicate", "orphan", "parent", "part", "disagrees"})
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Which tables the migration has kept; one that is not there holds nothing."""

    schema: str
    tables: frozenset[str]

    def table(self, name: str) -> str:
        """The quoted name of one of them."""
        return f"{quoted(self.schema)}.{quoted(name)}"

    def holds(self, *names: str) -> bool:
        """Are they all there?"""
        return set(names) <= self.tables

    async def quarantined(self, target: Database, flow: str, keys: Range) -> list[int]:
        """The keys of a flow's rows that lie in quarantine."""
        if not self.holds("quarantine"):
            return []
        statement = (
            f"SELECT source_key FROM {self.table('quarantine')} WHERE flow = $1"
            " AND source_key >= $2 AND source_key < $3 ORDER BY source_key"
        )
        return [row[0] for row in await target.rows(statement, flow, keys.low, keys.high)]


async def open_books(target: Database, mapping: Mapping) -> Books:
    """See which of the migration's own tables are there."""
    rows = await target.rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = $1", mapping.target.bookkeeping
    )
    return Books(schema=mapping.target.bookkeeping, tables=frozenset(row[0] for row in rows))


async def check_quarantine(
    sides: Sides,
    keys: Range,
    databases: tuple[Database, Database],
    books: Books,
    quarantined: Sequence[int],
    tally: Tally,
) -> None:
    """Hold the quarantined rows of one range of keys against the source's rows and values."""
    source, target = databases
    flow = sides.flow.name
    kept = (
        f"SELECT source_key, reasons, source_row::text FROM {books.table('quarantine')}"
        " WHERE flow = $1 AND source_key = ANY($2::bigint[])"
    )
    for start in range(0, len(quarantined), ROWS_AT_ONCE):
        some = list(quarantined[start : start + ROWS_AT_ONCE])
        there = {
            key: (set(refused), whole)
            for key, refused, whole in await source.rows(
                sides.quarantined, min(some), max(some) + 1, some
            )
        }
        for key, reasons, row in await target.rows(kept, flow, some):
            fault = _fault(sides.flow, reasons or [], row, there.get(key))
            if fault:
                kind, expected, found = fault
                place = f"quarantine of {sides.flow.source}"
                tally.add(kind, place, Example(key=f"key {key}", expected=expected, found=found))


def _fault(
    flow: Flow, reasons: Sequence[str], row: str | None, there: tuple[set[str], str] | None
) -> tuple[str, str, str] | None:
    """What is wrong with one quarantined row: the kind, what was expected, what was found."""
    if there is None:
        return "quarantine-unknown-row", "a row of the source", "none with this key"
    refused, whole = there
    if not reasons:
        return "quarantine-without-reason", "at least one reason", "none"
    if _read(row) != _read(whole):
        return "quarantine-row-differs", whole, row or "NULL"
    named = [reason.rpartition(":") for reason in reasons]
    of_others = [it for it in named if it[2] in OF_OTHER_ROWS or it[0] not in flow.columns]
    own = {it[0] for it in named if it not in of_others}
    if not refused and not of_others:
        return "quarantine-needless", "a value that does not convert", ", ".join(reasons)
    if refused != own:
        expected = ", ".join(sorted(refused)) or "reasons in other rows only"
        return "quarantine-reason-wrong", expected, ", ".join(reasons)
    return None


def _read(row: str | None) -> Any:
    """JSON whose numbers are numbers: 1.50 is 1.5, whoever wrote it."""
    return None if row is None else json.loads(row, parse_float=Decimal, parse_int=Decimal)


async def check_books(
    flow: Flow, databases: tuple[Database, Database], mapping: Mapping, books: Books, tally: Tally
) -> int:
    """Hold the keys of the source's rows against the keys in the books; how many rows there are.

    A merged table's rows are accounted for on their own.
    """
    source, target = databases
    schema = quoted(mapping.source.schema)
    counting = _count_keys(flow.source, flow.key, flow, source, schema)
    if not books.holds("key_map", "quarantine"):
        return int((await counting)[0])
    rows, booked = await asyncio.gather(counting, _booked(target, books, flow.name))
    tables = [(flow.source, flow.key, flow.name, rows, booked)]
    if flow.merge:
        merge, name = flow.merge, f"{flow.merge.table}->{flow.into}"
        counted = await _count_keys(merge.table, merge.key, None, source, schema)
        tables.append((merge.table, merge.key, name, counted, await _booked(target, books, name)))
    for table, key, name, counted, held in tables:
        if held != counted:
            await _missing_keys(table, key, name, (source, target), books, schema, tally)
    into, key = quoted(flow.into), quoted(flow.target_key)
    astray = f"""
        SELECT k.source_key FROM {books.table("key_map")} k
        WHERE k.flow = $1 AND NOT EXISTS (SELECT FROM {into} t WHERE t.{key} = k.target_id)
        ORDER BY 1
    """
    async for block in target.blocks(astray, flow.name):
        for (source_key,) in block:
            example = Example(key=f"key {source_key}", expected="a row", found="none")
            tally.add("map-astray", f"key map of {flow.source}", example)
    return int(rows[0])


async def _count_keys(
    table: str, key: str, flow: Flow | None, source: Database, schema: str
) -> tuple[int, Decimal | None]:
    """How many rows, and the sum of their keys' hashes."""
    where = where_sql(flow) if flow else ""
    row = (
        await source.rows(
            f"SELECT count(*), sum(hashint8extended({quoted(key)}::bigint, 0))"
            f" FROM {schema}.{quoted(table)} WHERE true{where}"
        )
    )[0]
    return row[0], row[1]


async def _booked(target: Database, books: Books, name: str) -> tuple[int, Decimal | None]:
    row = (
        await target.rows(
            "SELECT count(*), sum(hashint8extended(source_key, 0)) FROM ("
            f"SELECT source_key FROM {books.table('key_map')} WHERE flow = $1"
            f" UNION ALL SELECT source_key FROM {books.table('quarantine')} WHERE flow = $1) k",
            name,
        )
    )[0]
    return row[0], row[1]


async def _missing_keys(
    table: str,
    key: str,
    name: str,
    databases: tuple[Database, Database],
    books: Books,
    schema: str,
    tally: Tally,
) -> None:
    """Name the keys that the books do not hold, and those that they hold twice or invented."""
    source, target = databases
    booked = (
        f"SELECT source_key FROM {books.table('key_map')} WHERE flow = $1"
        " AND source_key BETWEEN $2 AND $3 UNION ALL"
        f" SELECT source_key FROM {books.table('quarantine')} WHERE flow = $1"
        " AND source_key BETWEEN $2 AND $3"
    )
    keys = f"SELECT {quoted(key)}::bigint FROM {schema}.{quoted(table)} ORDER BY 1"
    place, seen = f"books of {table}", -(1 << 62)
    async for block in source.blocks(keys):
        ours = [row[0] for row in block]
        theirs = [row[0] for row in await target.rows(booked, name, seen + 1, ours[-1])]
        seen = ours[-1]
        for lost in sorted(set(ours) - set(theirs)):
            example = Example(
                key=f"key {lost}", expected="copied or in quarantine", found="neither"
            )
            tally.add("row-unaccounted", place, example)
        for key_of_none in sorted((Counter(theirs) - Counter(ours)).keys()):
            example = Example(key=f"key {key_of_none}", expected="one row", found="none, or two")
            tally.add("quarantine-unknown-row", place, example)
    async for block in target.blocks(booked, name, seen + 1, KEY_END):
        for (key_of_none,) in block:
            example = Example(key=f"key {key_of_none}", expected="a row", found="none")
            tally.add("quarantine-unknown-row", place, example)


async def check_strays(
    sides: Sides, target: Database, mapping: Mapping, books: Books, tally: Tally
) -> None:
    """Rows of the target that stand among the migrated ones and hold no key of the source."""
    flow = sides.flow
    is_ours = flow.into.startswith(f"{books.schema}.")
    if not sides.is_uuid or not (flow.scope or is_ours):
        return
    low, high = target_bounds(sides, Range(low=0, high=KEY_END), mapping)
    key, into = quoted(flow.target_key), quoted(flow.into)
    scope = "".join(
        f" AND t.{quoted(name)}::text = {literal(value)}" for name, value in flow.scope.items()
    )
    strays = f"""
        SELECT t.{key} FROM {into} t WHERE NOT (t.{key} >= $1 AND t.{key} < $2){scope} ORDER BY 1
    """
    async for block in target.blocks(strays, low, high):
        ids = [row[0] for row in block]
        twins = await _twins(sides, ids[:ROWS_AT_ONCE], target)
        for it in ids:
            kind = "row-doubled" if it in twins else "row-unexpected"
            found = "the same values as another row" if it in twins else "a row"
            mend = f"DELETE FROM {into} WHERE {key} = {literal(str(it))};  -- look at it before"
            tally.add(
                kind, flow.into, Example(key=str(it), expected="no row", found=found, mend=mend)
            )


async def _twins(sides: Sides, ids: Sequence[object], target: Database) -> set[object]:
    """Which of these rows hold what another row holds, but for the columns that name the row."""
    flow = sides.flow
    own = {name for name, it in flow.columns.items() if it.source == flow.key}
    values = ", ".join(f"t.{quoted(name)}" for name in flow.columns if name not in own)
    key, into = quoted(flow.target_key), quoted(flow.into)
    statement = f"""
        WITH stray AS MATERIALIZED (
            SELECT t.{key} AS id, hash_record_extended(ROW({values}), 0) AS digest
            FROM {into} t WHERE t.{key} = ANY($1))
        SELECT DISTINCT stray.id FROM {into} t
        JOIN stray ON stray.digest = hash_record_extended(ROW({values}), 0)
            AND stray.id <> t.{key}
    """
    return {row[0] for row in await target.rows(statement, ids)}


async def check_verbatim(
    databases: tuple[Database, Database], mapping: Mapping, books: Books, tally: Tally
) -> int:
    """Tables that are kept as JSON, row by row; how many rows were held against each other."""
    source, target = databases
    seen = 0
    for table, kept in mapping.verbatim.items():
        name = f"{quoted(mapping.source.schema)}.{quoted(table)}"
        ours = await source.rows(
            f"SELECT {quoted(kept.key)}::text, to_jsonb(w)::text FROM {name} w"
        )
        theirs: list[Any] = []
        if books.holds("verbatim"):
            theirs = await target.rows(
                f"SELECT source_key, source_row::text FROM {books.table('verbatim')}"
                " WHERE source_table = $1",
                table,
            )
        expected, found = dict(map(tuple, ours)), dict(map(tuple, theirs))
        seen += len(expected)
        for key in sorted(expected.keys() | found.keys()):
            if _read(expected.get(key)) != _read(found.get(key)):
                example = Example(
                    key=f"key {key}",
                    expected=expected.get(key, "no row"),
                    found=found.get(key, "no row"),
                )
                tally.add("verbatim-differs", f"{table}, kept as JSON", example)
    return seen
