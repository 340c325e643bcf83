"""Which locks each migration takes on tables that are in use, and for how long, measured.

Every step is carried out on a copy of the schema, with rows of the live tables where there are
any. After each command the server itself tells which locks are held (`pg_locks`, read by an event
trigger) and which tables it wrote anew. A step is one transaction, so what it takes it keeps to
its end; that time is scaled by how many rows the live table has for each row of the copy.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bot_trading.storage.schema import migration_sql
from readiness.check import Evidence, Finding, Location, Severity

__all__ = ["HeldLock", "StepLocks", "evidence_of", "findings_of", "measure_locks", "steps_of"]

ROWS_OF_COPY = 20_000
HOLD_LIMIT_S = 1.0
BLOCKED = {  # By PostgreSQL's table of conflicting lock modes.
    "AccessExclusiveLock": "readers and writers",
    "ExclusiveLock": "writers",
    "ShareRowExclusiveLock": "writers",
    "ShareLock": "writers",
}
PROBE = """
CREATE SCHEMA lock_probe;
CREATE TABLE lock_probe.used (relation oid);
CREATE TABLE lock_probe.log (tag text, relation oid, mode text, is_rewrite boolean);
CREATE FUNCTION lock_probe.note() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lock_probe.log SELECT tg_tag, l.relation, l.mode, false
    FROM pg_locks l JOIN lock_probe.used u ON u.relation = l.relation
    WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted
      AND NOT EXISTS (SELECT FROM lock_probe.log o
                      WHERE o.relation = l.relation AND o.mode = l.mode AND NOT o.is_rewrite);
END $$;
CREATE FUNCTION lock_probe.note_rewrite() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lock_probe.log
    VALUES (tg_tag, pg_event_trigger_table_rewrite_oid(), 'AccessExclusiveLock', true);
END $$;
CREATE EVENT TRIGGER note_locks ON ddl_command_end EXECUTE FUNCTION lock_probe.note();
CREATE EVENT TRIGGER note_rewrites ON table_rewrite EXECUTE FUNCTION lock_probe.note_rewrite();
"""
BEGIN_STEP = """
DELETE FROM lock_probe.log; DELETE FROM lock_probe.used;
INSERT INTO lock_probe.used SELECT c.oid FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND c.relname <> 'alembic_version';
"""
END_STEP = """
SELECT c.relname, g.mode, min(g.tag), bool_or(g.is_rewrite)
FROM lock_probe.log g JOIN pg_class c ON c.oid = g.relation
GROUP BY c.relname, g.mode ORDER BY 1, 2
"""
COLUMNS = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped
  AND a.attgenerated = '' AND a.attidentity <> 'a' AND c.relname <> 'alembic_version'
GROUP BY c.relname
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLock:
    """One lock on a table that was in use before; `estimate_s` is None where nothing is known."""

    table: str
    mode: str
    command: str
    is_rewrite: bool
    copy_rows: int
    live_rows: int
    estimate_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLocks:
    """One migration: how long it took on the copy, and the locks that block somebody."""

    revision: str
    took_s: float
    locks: tuple[HeldLock, ...]


def steps_of(folder: Path) -> tuple[tuple[str, str], ...]:
    """Every revision of an Alembic folder with the SQL of its step, oldest first."""
    from alembic.script import ScriptDirectory

    revisions = [it.revision for it in ScriptDirectory(str(folder)).walk_revisions()][::-1]
    return tuple(
        (revision, migration_sql(folder, "upgrade", f"{before}:{revision}"))
        for before, revision in zip(["base", *revisions], revisions, strict=False)
    )


async def measure_locks(
    copy: asyncpg.Connection,
    steps: Sequence[tuple[str, str]],
    live: asyncpg.Connection | None = None,
) -> tuple[StepLocks, ...]:
    """Carry out every step on the empty database `copy`, with rows of `live` in its tables.

    Needs a role that may make event triggers: a superuser of the copy's server.
    """
    await copy.execute(PROBE)
    live_rows = {} if live is None else await _count_rows(live)
    measured = []
    for revision, script in steps:
        copied = {} if live is None else await _copy_rows(live, copy)
        await copy.execute(BEGIN_STEP)
        began = time.monotonic()
        async with copy.transaction():
            await copy.execute(script)
            took_s = time.monotonic() - began
        held = [_held(row, took_s, copied, live_rows) for row in await copy.fetch(END_STEP)]
        locks = tuple(it for it in held if it.mode in BLOCKED)
        measured.append(StepLocks(revision=revision, took_s=took_s, locks=locks))
    return tuple(measured)


def findings_of(step: StepLocks) -> tuple[Finding, ...]:
    """The locks that would hold up the live system for longer than a second."""
    return tuple(
        Finding(
            rule_id="schema-lock-hazard",
            severity=Severity.HIGH,
            message=f"migration {step.revision} blocks {BLOCKED[it.mode]} of {it.table} for about"
            f" {it.estimate_s:.0f} s ({it.command}, {it.mode})",
            fix="Stop the bot for it, or split the step: build indexes CONCURRENTLY, add keys NOT"
            " VALID and validate them later",
            location=Location(path=f"migration {step.revision}"),
            evidence=(evidence_of(step),),
        )
        for it in step.locks
        if it.estimate_s is not None and it.estimate_s > HOLD_LIMIT_S
    )


def evidence_of(step: StepLocks) -> Evidence:
    """One line: the locks of one step on tables that were there before it."""
    told = [
        f"{it.mode} on {it.table} ({it.command}{', written anew' if it.is_rewrite else ''};"
        f" {_scaled(it)})"
        for it in step.locks
    ]
    return Evidence(
        what=f"migration {step.revision}: locks on tables in use",
        measured="; ".join(told) or "none that blocks readers or writers",
        limit=f"held for {HOLD_LIMIT_S:.0f} s at most",
        source=f"pg_locks on a copy, where the step took {step.took_s:.2f} s",
    )


def _scaled(lock: HeldLock) -> str:
    if lock.estimate_s is None:
        return "not scaled, since the copy has no rows"
    return f"{lock.copy_rows:,} rows there, {lock.live_rows:,} live: about {lock.estimate_s:.1f} s"


def _held(
    row: asyncpg.Record, took_s: float, copied: Mapping[str, int], live_rows: Mapping[str, int]
) -> HeldLock:
    table, mode, command, is_rewrite = row
    there, live = copied.get(table, 0), live_rows.get(table, 0)
    return HeldLock(
        table=table,
        mode=mode,
        command=command,
        is_rewrite=is_rewrite,
        copy_rows=there,
        live_rows=live,
        estimate_s=took_s * max(1.0, live / there) if there else None,
    )


async def _count_rows(live: asyncpg.Connection) -> dict[str, int]:
    return {
        # codelint: ok S09 because the names are the catalogue's own, quoted
        table: await live.fetchval(f'SELECT count(*) FROM public."{table}"')  # noqa: S608
        for table, _ in await live.fetch(COLUMNS)
    }


async def _copy_rows(live: asyncpg.Connection, copy: asyncpg.Connection) -> dict[str, int]:
    """Fill the copy's empty tables with rows of the live ones; how many each then has."""
    there = {table: set(columns) for table, columns in await live.fetch(COLUMNS)}
    copied = {}
    await copy.execute("SET session_replication_role = replica")
    for table, columns in await copy.fetch(COLUMNS):
        shared = [name for name in columns if name in there.get(table, ())]
        is_empty = not await copy.fetchval(f'SELECT EXISTS (SELECT FROM public."{table}")')  # noqa: S608
        if shared and is_empty:
            names = ", ".join(f'"{name}"' for name in shared)
            some = f'SELECT {names} FROM public."{table}" LIMIT {ROWS_OF_COPY}'  # noqa: S608
            rows = io.BytesIO()
            await live.copy_from_query(some, output=rows, format="binary")
            rows.seek(0)
            await copy.copy_to_table(
                table, schema_name="public", columns=shared, source=rows, format="binary"
            )
        copied[table] = await copy.fetchval(f'SELECT count(*) FROM public."{table}"')  # noqa: S608
    await copy.execute("SET session_replication_role = DEFAULT")
    return copied
