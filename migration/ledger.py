"""What the migration writes down in its own schema of the target: key map, quarantine, progress.

A batch, its keys and its progress are one transaction, so that a kill at any moment leaves whole
batches only. `docs/migration.md` lists the columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from migration.conversions import created_type
from migration.databases import Connection
from migration.errors import MigrationError
from migration.mapping import Copied, Flow, MigrationMapping
from migration.sql_text import ident, qualified

__all__ = [
    "Progress",
    "book",
    "exists",
    "is_created",
    "make_ledger",
    "note_step",
    "read_progress",
    "rejected_keys",
    "remember_source",
    "save_progress",
    "take_statistics",
]

TABLES = """
CREATE SCHEMA {schema};
CREATE TABLE {schema}.identity (
    only_one BOOLEAN PRIMARY KEY DEFAULT true CHECK (only_one),
    source TEXT NOT NULL,
    mapping_sha256 TEXT NOT NULL,
    began_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE {schema}.key_map (
    flow TEXT NOT NULL,
    source_table TEXT NOT NULL,
    source_key BIGINT NOT NULL,
    target_id UUID NOT NULL,
    digest BIGINT NOT NULL,
    residue JSONB,
    PRIMARY KEY (flow, source_key)
);
CREATE TABLE {schema}.quarantine (
    flow TEXT NOT NULL,
    source_table TEXT NOT NULL,
    source_key BIGINT NOT NULL,
    reasons TEXT[] NOT NULL CHECK (cardinality(reasons) > 0),
    source_row JSONB NOT NULL,
    digest BIGINT NOT NULL,
    PRIMARY KEY (flow, source_key)
);
CREATE TABLE {schema}.verbatim (
    source_table TEXT NOT NULL,
    source_key TEXT NOT NULL,
    source_row JSONB NOT NULL,
    PRIMARY KEY (source_table, source_key)
);
CREATE TABLE {schema}.progress (
    flow TEXT PRIMARY KEY,
    last_key BIGINT,
    finished BOOLEAN NOT NULL DEFAULT false
);
CREATE TABLE {schema}.steps (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    what TEXT NOT NULL,
    detail JSONB NOT NULL
);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a flow has come; `last_key` is None before its first batch."""

    last_key: int | None
    finished: bool


def book(mapping: MigrationMapping, table: str) -> str:
    """The name of one of the migration's own tables."""
    return qualified(mapping.target.bookkeeping, table)


def exists(target: Connection, mapping: MigrationMapping) -> bool:
    """Has a migration begun here?"""
    found = target.execute(
        "SELECT to_regclass(%s) IS NOT NULL", (book(mapping, "identity"),)
    ).fetchone()
    return bool(found and found[0])


def is_created(mapping: MigrationMapping, flow: Flow) -> bool:
    """Is the flow's table one that v3 has no place for, and that the migration makes itself?"""
    return flow.into.startswith(f"{mapping.target.bookkeeping}.")


def make_ledger(target: Connection, mapping: MigrationMapping) -> None:
    """Create the migration's schema and the tables that v3 has no place for."""
    target.execute(TABLES.replace("{schema}", ident(mapping.target.bookkeeping)))
    for flow in mapping.flows:
        if is_created(mapping, flow):
            target.execute(_created(mapping, flow))


def _created(mapping: MigrationMapping, flow: Flow) -> str:
    columns = []
    for name, column in flow.columns.items():
        if not isinstance(column, Copied):
            raise MigrationError(f"mapping, {flow.name}: column {name} must be copied from v2")
        null = "" if column.if_null == "keep" else " NOT NULL"
        columns.append(
            f"{ident(name)} {created_type(mapping.conversions[column.conversion])}{null}"
        )
    key = ident(flow.target_key)
    return (
        f"CREATE TABLE {qualified(*flow.into.split('.'))}"
        f" ({', '.join(columns)}, PRIMARY KEY ({key}))"
    )


def remember_source(
    target: Connection, mapping: MigrationMapping, source: str, mapping_sha256: str
) -> None:
    """Write down which source and mapping this target belongs to, or refuse another one."""
    table = book(mapping, "identity")
    row = target.execute(f"SELECT source, mapping_sha256 FROM {table}").fetchone()  # noqa: S608
    if row is None:
        target.execute(
            f"INSERT INTO {table} (source, mapping_sha256) VALUES (%s, %s)",  # noqa: S608
            (source, mapping_sha256),
        )
        return
    if row[0] != source:
        raise MigrationError(
            "the target holds the migration of another source database: give that source, or take"
            " the migration back first (rollback)"
        )
    if row[1] != mapping_sha256:
        raise MigrationError(
            "the target holds a migration by another mapping: give the mapping that it began with,"
            " or take the migration back first (rollback)"
        )


def read_progress(target: Connection, mapping: MigrationMapping, flow: str) -> Progress:
    """How far this flow has come."""
    row = target.execute(
        f"SELECT last_key, finished FROM {book(mapping, 'progress')} WHERE flow = %s",  # noqa: S608
        (flow,),
    ).fetchone()
    return (
        Progress(last_key=row[0], finished=row[1])
        if row
        else Progress(last_key=None, finished=False)
    )


def save_progress(
    target: Connection, mapping: MigrationMapping, flow: str, progress: Progress
) -> None:
    """Write down how far this flow has come, in the transaction of its batch."""
    target.execute(
        f"INSERT INTO {book(mapping, 'progress')} (flow, last_key, finished)"  # noqa: S608
        " VALUES (%s, %s, %s) ON CONFLICT (flow) DO UPDATE"
        " SET last_key = excluded.last_key, finished = excluded.finished",
        (flow, progress.last_key, progress.finished),
    )


def take_statistics(target: Connection, mapping: MigrationMapping, flow: Flow) -> None:
    """Let the server count what a flow has put into a table of v3.

    The checks of foreign keys are planned by these numbers: on a table that still counts as empty
    each of them may walk through all rows. A role that does not own the table leaves it as it is.
    """
    if not is_created(mapping, flow):
        target.execute(f"ANALYZE {qualified(*flow.into.split('.'))}")


def rejected_keys(
    target: Connection, mapping: MigrationMapping, flows: Iterable[Flow]
) -> dict[str, frozenset[int]]:
    """Keys in quarantine by source table, for the rows that point to them."""
    kept_out: dict[str, frozenset[int]] = {}
    for flow in flows:
        rows = target.execute(
            f"SELECT source_key FROM {book(mapping, 'quarantine')} WHERE flow = %s",  # noqa: S608
            (flow.name,),
        ).fetchall()
        keys = frozenset(key for (key,) in rows)
        kept_out[flow.source] = kept_out.get(flow.source, frozenset()) | keys
    return kept_out


def note_step(
    target: Connection, mapping: MigrationMapping, what: str, detail: Mapping[str, object]
) -> None:
    """Add one line to the journal."""
    target.execute(
        f"INSERT INTO {book(mapping, 'steps')} (what, detail) VALUES (%s, %s)",  # noqa: S608
        (what, json.dumps(detail, default=str)),
    )
