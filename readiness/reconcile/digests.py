"""Digests by key range, computed by both servers at once; only what differs is read.

A flow is walked in chunks of keys. Of each chunk either server answers with a row count and the
sum of 64-bit row hashes for 512 equal ranges of keys, and with the sums of money per symbol and
day, all in one pass. Unequal ranges come back as key ranges to be read row by row.
"""

# ruff: noqa: S608 (every name is the mapping's or the catalogue's own, quoted)

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import asyncpg

from readiness.reconcile.conversions import KEY_END, quoted, uuid_of_key
from readiness.reconcile.databases import Database, DataRefused
from readiness.reconcile.mapping import Flow, Mapping
from readiness.reconcile.sides import Sides

__all__ = [
    "Amounts",
    "Chunk",
    "Range",
    "Sample",
    "check_hashes_agree",
    "chunks_of",
    "compare_chunk",
    "target_bounds",
]

ROWS_PER_CHUNK = 1 << 18
TIMES_HASH_AS_THEY_ARE = 18  # The version of PostgreSQL with a hash of timestamptz by name.
RANGES_PER_CHUNK = 512
PROBE = "SELECT hash_record_extended(ROW(1::bigint, 'é'::text, 1.50::numeric, true), 7)"

Totals = dict[tuple[str, str], list[Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Keys from `low` to just below `high`."""

    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Which rows are looked at: those whose hashed key falls below a share of 2^20."""

    ratio: float
    seed: int

    def condition(self, key: str) -> str:
        """The SQL that chooses the same rows on both sides."""
        bound = round(self.ratio * (1 << 20))
        return f"(hashint8extended({key}, {self.seed}) & 1048575) < {bound}"


@dataclass(slots=True)
class Amounts:
    """Sums per (symbol, day) of both sides, by the names of what was added up."""

    names: tuple[str, ...]
    source: Totals = field(default_factory=dict)
    target: Totals = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What both digests say of one range of keys: rows seen, and ranges that are not equal."""

    keys: Range
    source_rows: int
    target_rows: int
    unequal: tuple[Range, ...]
    quarantined: tuple[int, ...]


async def check_hashes_agree(source: Database, target: Database) -> None:
    """Raise DataRefused where the two servers hash differently, as on unlike processors."""
    if await source.value(PROBE) != await target.value(PROBE):
        raise DataRefused(
            "the two servers hash the same row differently (unlike processors or versions), so"
            " their digests cannot be compared: restore both databases on one server, then check"
        )


async def chunks_of(
    flow: Flow, source: Database, mapping: Mapping
) -> AsyncIterator[tuple[Range, int]]:
    """The whole range of keys, cut where the source has about `ROWS_PER_CHUNK` rows.

    With each chunk comes the width of its 512 ranges. Raises DataRefused for a key that no id
    can hold, since its row would never be looked at.
    """
    key = quoted(flow.key)
    table = f"{quoted(mapping.source.schema)}.{quoted(flow.source)}"
    step = f"""
        SELECT max(key), count(*) FROM (SELECT {key}::bigint AS key FROM {table}
        WHERE {key} >= $1::bigint ORDER BY {key} LIMIT $2) AS ahead
    """
    ends = f"SELECT min({key})::bigint, max({key})::bigint FROM {table}"
    lowest, highest = (await source.rows(ends))[0]
    if (highest or 0) >= KEY_END:
        raise DataRefused(
            f"the source database has {flow.source}.{flow.key} = {highest}, expected keys below"
            f" {KEY_END}: give such rows smaller keys"
        )
    low = min(0, lowest or 0)
    while True:
        last, rows = (await source.rows(step, low, ROWS_PER_CHUNK))[0]
        is_last = rows < ROWS_PER_CHUNK
        high = KEY_END if is_last else last + 1
        span = (low if last is None else last) + 1 - low
        yield Range(low=low, high=high), max(1, -(-span // RANGES_PER_CHUNK))
        if is_last:
            return
        low = high


def target_bounds(sides: Sides, keys: Range, mapping: Mapping) -> tuple[object, object]:
    """The first id and the id after the last, of the rows that hold these keys."""
    if not sides.is_uuid:
        return keys.low, keys.high
    namespace = mapping.target.namespace
    low = uuid_of_key(max(keys.low, 0), namespace, sides.uuid_table)
    if keys.high <= 0:
        return low, low  # No id holds a key below zero.
    last = uuid_of_key(keys.high - 1, namespace, sides.uuid_table)
    return low, UUID(int=last.int + 1)


async def compare_chunk(
    sides: Sides,
    keys: Range,
    width: int,
    databases: tuple[Database, Database],
    mapping: Mapping,
    *,
    quarantined: Sequence[int],
    amounts: Amounts,
    sample: Sample | None,
) -> Chunk:
    """Ask both servers for their digests of one range of keys, at the same time."""
    source, target = databases
    bounds = target_bounds(sides, keys, mapping)
    ours, theirs = await asyncio.gather(
        source.rows_in_zone(
            mapping.source.zone,
            _digest(sides, sides.digested, "$1", "$4", sample, source.version),
            *(keys.low, keys.high, list(quarantined), width),
        ),
        target.rows(
            _digest(sides, sides.target, "$3", "$4", sample, target.version),
            *(*bounds, keys.low, width),
        ),
    )
    expected, found = _taken_apart(ours, amounts.source), _taken_apart(theirs, amounts.target)
    return Chunk(
        keys=keys,
        source_rows=sum(rows for rows, _ in expected.values()),
        target_rows=sum(rows for rows, _ in found.values()),
        unequal=tuple(_unequal_ranges(expected, found, keys, width)),
        quarantined=tuple(quarantined),
    )


def _digest(
    sides: Sides, rows: str, low: str, width: str, sample: Sample | None, version: int
) -> str:
    """The statement of one side: digests by range, and amounts by symbol and day."""
    hashed = f"sum({row_hash(sides, version)})"
    place = {it.name: f"r.c{number}" for number, it in enumerate(sides.compared)}
    piece = f"least((r.key - {low}::bigint) / {width}::bigint, {RANGES_PER_CHUNK - 1})"
    where = f" WHERE {sample.condition('r.key')}" if sample else ""
    totals = sides.flow.totals
    if totals is None:
        return (
            f"SELECT 0, {piece}, NULL, NULL, count(*), {hashed} FROM ({rows}) r{where} GROUP BY 2"
        )
    symbol = place[totals.symbol]
    day = f"date_bin('1 day', {place[totals.instant]}, 'epoch'::timestamptz)"  # Of UTC.
    amounts = [place[name] for name in totals.sums.values()]
    if totals.notional:
        amounts.append(" * ".join(place[name] for name in totals.notional))
    sums = "".join(f", sum({sql}) AS a{number}" for number, sql in enumerate(amounts))
    again = "".join(f", sum(a{number})" for number in range(len(amounts)))
    # Rows go into one hash table; its few groups are then grouped both ways.
    return (
        "SELECT GROUPING(piece), piece, symbol, (day AT TIME ZONE 'UTC')::date::text,"
        " sum(rows)::bigint,"
        f" sum(digest){again} FROM ("
        f"SELECT {piece} AS piece, {symbol} AS symbol, {day} AS day, count(*) AS rows,"
        f" {hashed} AS digest{sums}"
        f" FROM ({rows}) r{where} GROUP BY 1, 2, 3"
        f") AS d GROUP BY GROUPING SETS ((piece), (symbol, day))"
    )


# What takes part in a row's hash, by the type as which it is compared: PostgreSQL's own hash of 64
# bits with a seed, and a value in the place of NULL.
HASHED = {
    "text": ("hashtextextended({value}, {seed})", "''"),
    "numeric": ("hash_numeric_extended({value}, {seed})", "0"),
    "bigint": ("hashint8extended({value}, {seed})", "0"),
    "timestamptz": ("timestamptz_hash_extended({value}, {seed})", "'epoch'"),
}
# Before version 18 the same hash of the same microseconds goes by the name of the naive type.
OLDER_TIME = "timestamp_hash_extended({value} AT TIME ZONE 'UTC', {seed})"


def row_hash(sides: Sides, version: int) -> str:
    """A row's hash: of its key, seeded by its marks, and from column to column the hash before.

    Marks are what those hashes leave out: which values are NULL, which numbers are negative,
    which booleans are true, and which constants are another. Each has 63 bits of its own; a
    row's marks are their exclusive or. `version` is the server's major one.
    """
    columns = {place: (f"r.c{place}", column) for place, column in enumerate(sides.compared)}
    nulls = [_mark(f"{name} IS NULL", f"null {place}") for place, (name, _) in columns.items()]
    listed = ", ".join(name for name, _ in columns.values())
    marks = [f"CASE WHEN num_nulls({listed}) > 0 THEN {' # '.join(nulls)} ELSE 0::bigint END"]
    for place, (name, column) in columns.items():
        if column.made_by == "constant":
            marks.append(_mark(f"{name} <> {column.always}::{column.kind}", f"other {place}"))
        elif column.kind == "boolean":
            marks.append(_mark(name, f"true {place}"))
        elif column.kind == "numeric":
            marks.append(_mark(f"{name} < 0", f"negative {place}"))
    hashed = f"hashint8extended(r.key, {' # '.join(marks)})"
    for name, column in columns.values():
        if column.kind in HASHED and column.made_by != "constant":
            form, instead = HASHED[column.kind]
            if column.kind == "timestamptz" and version < TIMES_HASH_AS_THEY_ARE:
                form = OLDER_TIME
            hashed = form.format(value=f"coalesce({name}, {instead})", seed=hashed)
    return hashed


def _mark(condition: str, name: str) -> str:
    """Bits of this name's own where the condition holds, and none elsewhere."""
    bits = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) >> 1
    return f"CASE WHEN {condition} THEN {bits}::bigint ELSE 0::bigint END"


def _taken_apart(rows: Sequence[asyncpg.Record], totals: Totals) -> dict[int, tuple[int, Decimal]]:
    """The digests by range; the sums of money are added to what came before."""
    digests = {}
    for is_total, piece, symbol, day, count, digest, *sums in rows:
        if not is_total:
            digests[piece] = (count, digest)
            continue
        before = totals.setdefault((symbol or "", day or ""), [Decimal(0)] * len(sums))
        for number, value in enumerate(sums):
            before[number] += value or Decimal(0)
    return digests


def _unequal_ranges(
    expected: dict[int, tuple[int, Decimal]],
    found: dict[int, tuple[int, Decimal]],
    keys: Range,
    width: int,
) -> list[Range]:
    """The ranges whose digests differ; neighbours become one range."""
    pieces = sorted(piece for piece in expected | found if expected.get(piece) != found.get(piece))
    ranges: list[Range] = []
    for piece in pieces:
        low = keys.low + piece * width
        high = keys.high if piece == RANGES_PER_CHUNK - 1 else min(low + width, keys.high)
        if ranges and ranges[-1].high == low:
            ranges[-1] = Range(low=ranges[-1].low, high=high)
        else:
            ranges.append(Range(low=low, high=high))
    return ranges
