"""What v2 has changed since it was copied: found by digest, and applied batch by batch.

Both sides come ordered by key, so the comparison is one merge in constant memory. A row that was
added, changed, removed, or judged otherwise than before is brought to what the source says now;
doing so twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from migration.batches import Batch, reading
from migration.copying import (
    KEY_COLUMNS,
    QUARANTINE_COLUMNS,
    Job,
    query_of,
    write_lines,
)
from migration.databases import Connection, blame
from migration.flow_query import output_columns
from migration.ledger import book
from migration.mapping import MigrationMapping
from migration.sql_text import ident, literal, qualified

__all__ = ["Changes", "catch_up_job", "differences"]


@dataclass(slots=True)
class Changes:
    """Rows that differ: their lines as the source has them now, and keys that it has no more."""

    lines: list[bytes] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.lines) + len(self.gone)


def catch_up_job(
    source: Connection,
    target: Connection,
    mapping: MigrationMapping,
    job: Job,
    lengths: Mapping[str, Mapping[str, int]],
    *,
    batch_rows: int,
) -> int:
    """Bring the job's rows to what the source says now; how many had changed."""
    changed = 0
    for changes in differences(source, target, mapping, job, lengths, batch_rows=batch_rows):
        with blame("target"):
            _apply(target, mapping, job, changes)
            target.commit()
        changed += changes.count
    return changed


def differences(
    source: Connection,
    target: Connection,
    mapping: MigrationMapping,
    job: Job,
    lengths: Mapping[str, Mapping[str, int]],
    *,
    batch_rows: int,
) -> Iterator[Changes]:
    """What differs between the source and what was written down, at most `batch_rows` at a time."""
    query = query_of(target, mapping, job, lengths)
    with reading(source, query, batch_rows) as batches:
        found, low = Changes(), None
        for lines in batches:
            high = Batch.key_of(lines[-1])
            _compare(lines, _known(target, mapping, job, low, high), found)
            low = high
            if found.count >= batch_rows:
                yield found
                found = Changes()
        for gone in _known_above(target, mapping, job, low, batch_rows):
            found.gone += gone
            yield found
            found = Changes()
    if found.count:
        yield found


def _known(
    target: Connection, mapping: MigrationMapping, job: Job, low: int | None, high: int
) -> dict[int, bytes]:
    """Digests by key, of what was written down about the keys above `low` up to `high`."""
    above = "" if low is None else f" AND source_key > {low}"
    parts = [
        f"SELECT source_key, digest FROM {book(mapping, table)}"  # noqa: S608
        f" WHERE flow = {literal(job.name)}{above} AND source_key <= {high}"
        for table in ("key_map", "quarantine")
    ]
    with blame("target"), target.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        known = {key: str(digest).encode() for key, digest in cursor}
        target.rollback()
    return known


def _compare(lines: list[bytes], known: dict[int, bytes], found: Changes) -> None:
    """Add what differs; whatever of `known` is not among the lines is gone."""
    for line in lines:
        key, _, _, digest, _ = line.split(b"\t", 4)
        if known.pop(int(key), None) != digest:
            found.lines.append(line)
    found.gone += known


def _known_above(
    target: Connection, mapping: MigrationMapping, job: Job, low: int | None, batch_rows: int
) -> Iterator[list[int]]:
    """Keys that were written down above the last one of the source."""
    while True:
        above = "" if low is None else f" AND source_key > {low}"
        parts = [
            f"SELECT source_key FROM {book(mapping, table)}"  # noqa: S608
            f" WHERE flow = {literal(job.name)}{above}"
            for table in ("key_map", "quarantine")
        ]
        with blame("target"):
            listed = " UNION ALL ".join(parts)
            rows = target.execute(f"{listed} ORDER BY 1 LIMIT {batch_rows}").fetchall()
            target.rollback()
        if not rows:
            return
        keys = [key for (key,) in rows]
        low = keys[-1]
        yield keys


def _apply(target: Connection, mapping: MigrationMapping, job: Job, changes: Changes) -> None:
    batch = Batch(prefix=job.prefix)
    for line in changes.lines:
        batch.add(line)
    keys = [*(Batch.key_of(line) for line in changes.lines), *changes.gone]
    old = _forget(target, mapping, job, keys)
    if not job.merge:
        _replace(target, job, batch, old)
    write_lines(target, f"{book(mapping, 'key_map')} ({KEY_COLUMNS})", batch.keys)
    write_lines(target, f"{book(mapping, 'quarantine')} ({QUARANTINE_COLUMNS})", batch.rejected)


def _forget(target: Connection, mapping: MigrationMapping, job: Job, keys: list[int]) -> set[str]:
    """Take these keys out of the books; the target ids that they had."""
    where = "WHERE flow = %s AND source_key = ANY(%s)"
    target.execute(f"DELETE FROM {book(mapping, 'quarantine')} {where}", (job.name, keys))  # noqa: S608
    rows = target.execute(
        f"DELETE FROM {book(mapping, 'key_map')} {where} RETURNING target_id::text",  # noqa: S608
        (job.name, keys),
    ).fetchall()
    return {target_id for (target_id,) in rows}


def _replace(target: Connection, job: Job, batch: Batch, old: set[str]) -> None:
    """Rows that are no more go, those that are new or changed are written over."""
    flow, table = job.flow, qualified(*job.flow.into.split("."))
    key = ident(flow.target_key)
    stays = {values[:36].decode() for values in batch.values}
    leaves = sorted(old - stays)
    if leaves:
        target.execute(f"DELETE FROM {table} WHERE {key} = ANY(%s::uuid[])", (leaves,))  # noqa: S608
    if not batch.values:
        return
    columns = list(map(ident, output_columns(flow)))
    listed = ", ".join(columns)
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name != key)
    target.execute("DROP TABLE IF EXISTS pg_temp.changed")
    target.execute(
        f"CREATE TEMP TABLE changed ON COMMIT DROP AS SELECT {listed} FROM {table} WITH NO DATA"  # noqa: S608
    )
    write_lines(target, f"changed ({listed})", batch.values)
    target.execute(
        f"INSERT INTO {table} ({listed}) SELECT {listed} FROM changed"  # noqa: S608
        f" ON CONFLICT ({key}) DO UPDATE SET {updates}"
    )
