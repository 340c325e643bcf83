"""Database Schema: do the migrations lead to the promised schema, and back, and there again?"""

from __future__ import annotations

from bot_trading.storage import schema
from readiness.check import CheckResult, Evidence, Finding, Location, Outcome, Severity
from readiness.context import Check, Context
from readiness.schema.catalogue import Catalogue, read_catalogue
from readiness.schema.defects import measure_recall
from readiness.schema.judge import DEMAND_COUNT, find_differences
from readiness.scratch_database import connect, scratch_database

__all__ = ["run"]


async def run(check: Check, context: Context) -> CheckResult:
    """Migrate a scratch database up, down and up again, judging the catalogue at each stop.

    Its own power is measured in the same run, on defects planted in that database.
    """
    async with scratch_database(context.database_url) as url:
        revision = await schema.upgrade(url)
        connection = await connect(url)
        try:
            first = await read_catalogue(connection)
            findings = await find_differences(first, connection)
            recall, missed = await measure_recall(connection, first)
        finally:
            await connection.close()
        findings += await _there_and_back(url, first)
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
        evidence=tuple(evidence),
        findings=findings,
    )


async def _there_and_back(url: str, first: Catalogue) -> tuple[Finding, ...]:
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
        if await read_catalogue(connection) != first:
            findings.append(_broken("upgrade", "the second way up led to another schema"))
    finally:
        await connection.close()
    return tuple(findings)


def _broken(direction: str, what: str) -> Finding:
    return Finding(
        rule_id=f"schema-{direction}",
        severity=Severity.HIGH,
        message=f"migrations, {direction}: {what}",
        fix=f"Correct the {direction} of the migrations",
        location=Location(path="bot_trading/storage/migrations"),
    )
