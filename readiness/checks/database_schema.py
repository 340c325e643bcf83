"""Database Schema: do the migrations lead to the promised schema, and back, and there again?"""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg

from bot_trading.storage import schema
from readiness.check import (
    CheckResult,
    Evidence,
    Finding,
    Location,
    Outcome,
    Recall,
    Severity,
)
from readiness.checks.data_integrity import UserDatabases
from readiness.context import Check, Context, blocked
from readiness.reconcile import survival
from readiness.reconcile.databases import DataRefused, open_read_only
from readiness.reconcile.mapping import MappingRefused, read_mapping
from readiness.reconcile.shape import read_shape
from readiness.reconcile.tally import Tally
from readiness.schema.catalogue import read_catalogue
from readiness.schema.declared import BOOKKEEPING, declared_snapshot
from readiness.schema.defects import defects_of, drawn_defects, measure_recall
from readiness.schema.difference import Difference, compare_snapshots
from readiness.schema.judge import DEMAND_COUNT, find_differences
from readiness.schema.locks import evidence_of, findings_of, measure_locks, steps_of
from readiness.schema.mend import mend
from readiness.schema.snapshot import Snapshot, read_snapshot
from readiness.scratch_database import connect, scratch_database

__all__ = ["run", "run_on"]

MIGRATIONS = Path("bot_trading/storage/migrations")
NOTHING = (
    "the new database was not made by these migrations, and the old one holds no value that the "
    "mapping names: name the right ones"
)
SEED, DRAWN = 1, 40  # Losses that nobody chose, beside those that were written down.


async def run(check: Check, context: Context) -> CheckResult:
    """Migrate a scratch database up, down and up again, judging the catalogue at each stop.

    Its own power is measured in the same run, on defects planted in that database.
    """
    async with scratch_database(context.database_url) as url:
        revision = await schema.upgrade(url)
        connection = await connect(url)
        try:
            first = await read_catalogue(connection)
            whole = await read_snapshot(connection)
            findings = await find_differences(first, connection)
            drawn = drawn_defects(first, SEED, DRAWN)
            recall, missed = await measure_recall(connection, first, whole, drawn)
        finally:
            await connection.close()
        findings += await _undeclared(context.database_url, whole)
        findings += await _there_and_back(url, whole)
    hazards, locks = await _lock_hazards(context, None)
    findings += hazards
    evidence = [
        Evidence(
            what="demands on the live catalogue",
            measured=f"{DEMAND_COUNT} examined, {len(findings)} differences",
            limit="0 differences",
            source=f"a scratch database migrated to revision {revision}",
        ),
        Evidence(
            what="seeded schema defects that this check reported",
            measured=f"{recall.caught} of {recall.seeded}"
            + "".join(f"; not: {it}" for it in missed),
            limit="all",
            source="statements carried out and rolled back on the same database",
        ),
    ]
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=1.0,
        recall=recall,
        evidence=(*evidence, *locks),
        findings=findings,
    )


async def run_on(check: Check, context: Context, databases: UserDatabases) -> CheckResult:
    """Hold the user's new database against this release's migrations, and values against types.

    A database that other programs have made has no schema to be held against: of that one only
    the survival of the live values is measured.
    """
    try:
        evidence, found, values = await _look_at(databases)
        if found is None and not values:
            return blocked(check, NOTHING)
        hazards, locks = await _lock_hazards(context, None if found is None else databases)
    except (DataRefused, MappingRefused) as refused:
        return blocked(check, str(refused))
    async with scratch_database(context.database_url) as url:
        revision = await schema.upgrade(url)
        connection = await connect(url)
        try:
            expected = await read_snapshot(connection)
            recall = await _power_of_comparison(connection, expected)
        finally:
            await connection.close()
    differences = () if found is None else compare_snapshots(expected, found)
    findings = (*(_told(it, expected, found or {}) for it in differences), *hazards)
    measured = "none: the target was not made by these migrations"
    if found is not None:
        measured = f"{len(expected)} expected, {len(found)} found, {len(differences)} differences"
    evidence.insert(
        0,
        Evidence(
            what="objects of the live schema held against the migrations",
            measured=measured,
            limit="0 differences",
            source=f"pg_catalog of both, at revision {revision}",
        ),
    )
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=1.0,
        recall=recall,
        evidence=(*evidence, *locks),
        findings=findings,
    )


async def _lock_hazards(
    context: Context, databases: UserDatabases | None
) -> tuple[tuple[Finding, ...], tuple[Evidence, ...]]:
    """The locks of each migration on a scratch copy, with the user's rows where there are any."""
    steps = await asyncio.to_thread(steps_of, context.root / MIGRATIONS)
    async with scratch_database(context.database_url) as url:
        copy = await connect(url)
        try:
            if databases is None:
                measured = await measure_locks(copy, steps)
            else:
                async with open_read_only("target", databases.target_url) as live:
                    measured = await measure_locks(copy, steps, live.connection)
        except asyncpg.InsufficientPrivilegeError as error:
            reason = f"not measured: {error}; it takes a role that may make event triggers"
            return (), (Evidence(what="locks of the migrations", measured=reason),)
        finally:
            await copy.close()
    hazards = tuple(finding for step in measured for finding in findings_of(step))
    return hazards, tuple(evidence_of(step) for step in measured)


async def _look_at(databases: UserDatabases) -> tuple[list[Evidence], Snapshot | None, int]:
    """What becomes of the live values, the target's schema where it is ours, and how many values
    there are."""
    mapping = await asyncio.to_thread(read_mapping, databases.mapping)
    async with (
        open_read_only("source", databases.source_url) as source,
        open_read_only("target", databases.target_url) as target,
    ):
        shape = await read_shape(mapping, source, target, Tally())
        survived = await survival.measure_survival(source, mapping, shape)
        schema_name = mapping.target.schema
        is_ours = await target.value("SELECT to_regclass($1)", f"{schema_name}.alembic_version")
        found = await read_snapshot(target.connection, schema_name) if is_ours else None
    values = sum(it.values for it in survived)
    return [survival.evidence_of(it) for it in survived], found, values


async def _power_of_comparison(connection: asyncpg.Connection, expected: Snapshot) -> Recall:
    """How many planted defects of the schema the comparison reports."""
    defects = list(defects_of(await read_catalogue(connection)))
    caught = 0
    for defect in defects:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(defect)
        caught += bool(compare_snapshots(expected, await read_snapshot(connection)))
        await transaction.rollback()
    return Recall(caught=caught, seeded=len(defects))


def _told(difference: Difference, expected: Snapshot, found: Snapshot) -> Finding:
    """One difference as a finding, with the statements that remove it."""
    place = difference.place
    wanted, seen = difference.texts
    what = f"{place.kind} {place.name}" + (f", {difference.fact}" if difference.fact else "")
    return Finding(
        rule_id=f"schema-{place.kind}-differs",
        severity=difference.severity,
        message=f"{what}: expected {wanted}, found {seen}",
        fix=mend(difference, expected, found),
        location=Location(path=place.name),
        evidence=(Evidence(what=what, measured=seen, limit=wanted, source="pg_catalog"),),
    )


async def _undeclared(server_url: str, migrated: Snapshot) -> tuple[Finding, ...]:
    """In what the migrations lead elsewhere than the bot's own table definitions."""
    async with scratch_database(server_url) as url:
        connection = await connect(url)
        try:
            declared = await declared_snapshot(connection)
        finally:
            await connection.close()
    own = {key: it for key, it in migrated.items() if BOOKKEEPING not in (it.name, it.table)}
    return tuple(_told(it, declared, own) for it in compare_snapshots(declared, own))


async def _there_and_back(url: str, first: Snapshot) -> tuple[Finding, ...]:
    """Down to nothing and up again: nothing stays behind, and the same schema returns."""
    findings = []
    await schema.downgrade(url, "base")
    connection = await connect(url)
    try:
        left = await read_catalogue(connection)
        remains = sorted({*left.columns, *left.enums} - {"alembic_version"})
        if remains:
            findings.append(_broken("downgrade", f"{', '.join(remains)} stayed behind"))
        await schema.upgrade(url)
        differences = compare_snapshots(first, await read_snapshot(connection))
        if differences:
            named = ", ".join(f"{it.place.kind} {it.place.name}" for it in differences[:5])
            what = f"the second way up led to another schema: {named}"
            findings.append(_broken("upgrade", what))
    finally:
        await connection.close()
    return tuple(findings)


def _broken(direction: str, what: str) -> Finding:
    return Finding(
        rule_id=f"schema-{direction}",
        severity=Severity.HIGH,
        message=f"migrations, {direction}: {what}",
        fix=f"Correct the {direction} of the migrations",
        location=Location(path=str(MIGRATIONS)),
    )
