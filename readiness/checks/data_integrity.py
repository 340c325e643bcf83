"""Data Integrity: has every row and every cent of the old database arrived in the new one?

By default an aged v2 database is made and migrated, as a user would do it, and judged; then damage
is planted in it, so that the run itself shows what the check can see.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot_trading.storage import schema
from readiness.check import CheckResult, Evidence, Outcome, Recall
from readiness.context import Check, Context, Scope, blocked
from readiness.processes import run_program
from readiness.reconcile.data_check import DataOutcome, Step, check_data
from readiness.reconcile.databases import DataRefused
from readiness.reconcile.defects import measure_recall, plant
from readiness.reconcile.digests import Sample
from readiness.reconcile.mapping import MappingRefused, read_mapping
from readiness.scratch_database import scratch_database

__all__ = ["MAPPING", "UserDatabases", "run", "run_on"]

MAPPING = Path("migration/v2_to_v3.yaml")
ORDERS = {Scope.QUICK: 3_000, Scope.FULL: 100_000}
SEED = 7
DIRT = (
    *("null_symbol", "side_case", "unknown_side", "negative_quantity", "unknown_status"),
    *("duplicate_order", "missing_answer", "float_noise", "dust_quantity", "nan_fee"),
    *("null_time", "orphan_trade", "missing_trade", "duplicate_trade", "orphan_stop"),
)
PROGRAM_DEADLINE_S = 900.0
NEEDED = (MAPPING, Path("migration/__main__.py"), Path("legacy_v2"))


class MigrationFailed(Exception):
    """A program of the bundled systems failed; the message says which one and its last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDatabases:
    """The user's own two databases, and how they are to be looked at."""

    source_url: str = field(repr=False)  # They hold passwords.
    target_url: str = field(repr=False)
    mapping: Path
    sample: Sample | None = None
    tell: Callable[[Step], None] = lambda _: None


async def run(check: Check, context: Context) -> CheckResult:
    """Age a v2 database, migrate it by `python -m migration run`, and hold both together."""
    missing = await asyncio.to_thread(_missing, context.root)
    if missing is not None:
        return blocked(check, f"{missing} is not there, so there is nothing migrated to look at")
    try:
        clean, recall, missed = await _check_bundled(context, ORDERS[context.scope])
    except (DataRefused, MappingRefused, MigrationFailed) as refused:
        return blocked(check, str(refused))
    return _result(check, clean, recall, missed)


async def run_on(check: Check, context: Context, databases: UserDatabases) -> CheckResult:
    """Hold the user's own two databases together; nothing is written in either of them.

    What the check can see is measured beside it, on the bundled systems.
    """
    try:
        outcome = await check_data(
            databases.source_url,
            databases.target_url,
            await asyncio.to_thread(read_mapping, databases.mapping),
            sample=databases.sample,
            tell=databases.tell,
        )
        _, recall, missed = await _check_bundled(context, ORDERS[Scope.QUICK])
    except (DataRefused, MappingRefused, MigrationFailed) as refused:
        return blocked(check, str(refused))
    return _result(check, outcome, recall, missed)


def _missing(root: Path) -> Path | None:
    """What of the bundled systems is not in this checkout."""
    return next((needed for needed in NEEDED if not (root / needed).exists()), None)


async def _check_bundled(
    context: Context, orders: int
) -> tuple[DataOutcome, Recall, tuple[str, ...]]:
    """Make, migrate and check; then plant damage and check again. Raises MigrationFailed."""
    mapping = await asyncio.to_thread(read_mapping, context.root / MAPPING)
    async with (
        scratch_database(context.database_url) as source_url,
        scratch_database(context.database_url) as target_url,
    ):
        await _migrate(context, orders, source_url, target_url)
        clean = await check_data(source_url, target_url, mapping)
        planted = await plant(target_url, mapping)
        damaged = await check_data(source_url, target_url, mapping)
    return clean, *measure_recall(planted, damaged.findings)


async def _migrate(context: Context, orders: int, source_url: str, target_url: str) -> None:
    """Make the old database and move it, as a user would."""
    await schema.upgrade(target_url)
    age = ["legacy_v2.aged", "--rows", str(orders), "--seed", str(SEED)]
    commands = {
        "aged": [*age, "--dirt", ",".join(DIRT), "--database-url", source_url],
        "migration": ["migration", "run", "--source", source_url, "--target", target_url],
    }
    for name, words in commands.items():
        done = await run_program(
            [sys.executable, "-m", *words],
            folder=context.root,
            log=context.folder / f"{name}.log",
            deadline_s=PROGRAM_DEADLINE_S,
        )
        if done.exit_code != 0:
            raise MigrationFailed(
                f"python -m {words[0]} ended with {done.exit_code}; it said last:"
                f" {await asyncio.to_thread(done.last_words, 3)}"
            )


def _result(
    check: Check, outcome: DataOutcome, recall: Recall | None, missed: tuple[str, ...]
) -> CheckResult:
    if not outcome.rows and not outcome.findings:
        return blocked(
            check, "the old database holds no row that the mapping names: name the right one"
        )
    evidence = list(outcome.evidence)
    if recall:
        evidence.append(
            Evidence(
                what="planted damage that this check reported with its key",
                measured=f"{recall.caught} of {recall.seeded}"
                + "".join(f"; not: {it}" for it in missed),
                limit="all",
                source="statements on the migrated rows, after the clean check",
            )
        )
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if outcome.findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=outcome.coverage_ratio,
        recall=recall,
        evidence=tuple(evidence),
        findings=outcome.findings,
    )
