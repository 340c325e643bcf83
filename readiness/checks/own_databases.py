"""The database checks on the user's own two databases: fit to be looked at, progress, tables."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from readiness.check import CheckResult
from readiness.checks import data_integrity, database_schema
from readiness.checks.data_integrity import UserDatabases
from readiness.context import Check, Context
from readiness.reconcile.data_check import Step as DataStep
from readiness.reconcile.databases import open_read_only
from readiness.reconcile.mapping import read_mapping
from readiness.reconcile.shape import read_shape
from readiness.reconcile.tally import Tally

__all__ = ["checks_on", "progress_of", "refuse_unfit", "tables_of"]

WIDTH = 100


async def refuse_unfit(databases: UserDatabases) -> None:
    """Raise DataRefused or MappingRefused where nothing could be verified at all."""
    mapping = await asyncio.to_thread(read_mapping, databases.mapping)
    async with (
        open_read_only("source", databases.source_url) as source,
        open_read_only("target", databases.target_url) as target,
    ):
        await read_shape(mapping, source, target, Tally())


def checks_on(databases: UserDatabases, console: Console) -> tuple[Check, ...]:
    """The checks of the database step, on these databases."""

    async def schema(check: Check, context: Context) -> CheckResult:
        return await database_schema.run_on(check, context, databases)

    async def data(check: Check, context: Context) -> CheckResult:
        result = await data_integrity.run_on(check, context, databases)
        for table in tables_of(result):
            console.print(table)
        return result

    return (
        Check(name="Database Schema", is_critical=True, run=schema),
        Check(name="Data Integrity", is_critical=True, run=data),
    )


def tables_of(result: CheckResult) -> Iterator[Table]:
    """What was measured, and what was found, at most 100 columns wide."""
    measured = _table("measured", "value", "limit")
    measured.title = result.name
    for it in result.evidence:
        measured.add_row(it.what, it.measured, it.limit)
    if result.evidence:
        yield measured
    found = _table("severity", "rule", "what")
    for finding in result.findings:
        found.add_row(finding.severity, finding.rule_id, finding.message)
    if result.findings:
        yield found


def _table(*names: str) -> Table:
    """Long values are folded, never cut off."""
    return Table(*(Column(name, overflow="fold") for name in names), width=WIDTH)


@contextmanager
def progress_of(databases: UserDatabases, console: Console) -> Iterator[UserDatabases]:
    """The same databases, with a bar for each flow while they are looked at."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TextColumn("{task.completed:,.0f} rows"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with bars:
        begin = functools.cache(lambda flow: bars.add_task(flow, total=None))

        def tell(step: DataStep) -> None:
            bars.update(begin(step.flow), completed=step.rows_done, total=step.rows_total)

        yield replace(databases, tell=tell)
