"""The verifier: carries out the checks, step by step, and never lets one of them hide another.

Steps are told in order. Checks that need not be alone run together, for much of their time is
waiting, as many at once as the machine has room for: tests that wait for programs would fail where
only the machine is too small. Each of the others runs when those have ended. This is one of the
places where a broad `except` is right: whatever a check raises becomes a BLOCKED result with its
trace.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot_trading import settings as bot_settings
from bot_trading.errors import BotTradingError
from bot_trading.release import release_of
from readiness.articles import control_table
from readiness.check import CheckResult, Outcome
from readiness.checks import STEPS, Step
from readiness.context import Check, Context, blocked
from readiness.kernels import compile_kernels
from readiness.mutants.kept import kept_powers
from readiness.processes import DeadlinePassed
from readiness.report import Report
from readiness.scratch_database import connect
from readiness.verdict import judge

__all__ = ["MigrationVerifier", "Progress"]

BOT_CONFIG = "config/bot.yaml"
_AT_ONCE_MIN = 3  # On two cores; where there are more, a check for each of them.


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A step began, one of its checks ended, it has something to say, or it took so long.

    Steps count from 1; the first is the environment and the last, left to the caller, the report.
    """

    number: int
    total: int
    step: str
    result: CheckResult | None = None
    remark: str = ""
    took_s: float | None = None


class MigrationVerifier:
    """One verification run over one context."""

    def __init__(
        self,
        context: Context,
        *,
        steps: Sequence[Step] = STEPS,
        tell: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._context = context
        self._steps = steps
        self._tell = tell
        self._kernels: asyncio.Task[None] | None = None
        self._room = asyncio.Semaphore(max(_AT_ONCE_MIN, os.cpu_count() or 1))

    async def run_all_checks(self) -> Report:
        """Run every step and judge the results. A check that raises is BLOCKED, not lost."""
        started_at = datetime.now(UTC)
        root = self._context.root
        verified = await asyncio.to_thread(_release, root)
        begun = Progress(number=1, total=len(self._steps) + 2, step="environment")
        with self._timed(begun):
            environment = await self._environment()
            versions = ", ".join(f"{name} {value}" for name, value in environment.items())
            self._tell(replace(begun, remark=versions))
        results = await self._results(begun)
        rules = self._context.settings.verdict
        kept = await asyncio.to_thread(kept_powers, root)
        return Report(
            scope="partial" if self._steps != STEPS else str(self._context.scope),
            started_at=started_at,
            ended_at=datetime.now(UTC),
            environment=environment,
            verdict=judge(results, rules, kept),
            results=tuple(results),
            controls=control_table(results),
            performance={
                name: row for result in results for name, row in result.performance.items()
            },
            # What changed while it was looked at was not verified.
            release=verified if await asyncio.to_thread(_release, root) == verified else {},
        )

    async def _results(self, begun: Progress) -> list[CheckResult]:
        """Every step's results, in their order; a step that is told may have begun earlier."""
        results: list[CheckResult] = []
        running: dict[int, list[asyncio.Task[CheckResult]]] = {}
        if any(step.needs_kernels for step in self._steps):
            # codelint: ok D18 because every check that needs them awaits it
            self._kernels = asyncio.create_task(compile_kernels(self._context))
        try:
            for number, step in enumerate(self._steps):
                if self._context.scope not in step.alone:
                    running[number] = self._begin(step)
            for number, step in enumerate(self._steps):
                if number not in running:
                    await asyncio.gather(*itertools.chain(*running.values()))
                    running[number] = self._begin(step)
                told = replace(begun, number=number + 2, step=step.name)
                with self._timed(told):
                    for ended in asyncio.as_completed(running[number]):
                        self._tell(replace(told, result=await ended))
                results += [task.result() for task in running[number]]
        finally:
            left: list[asyncio.Task[Any]] = list(itertools.chain(*running.values()))
            left += [self._kernels] if self._kernels is not None else []
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        return results

    def _begin(self, step: Step) -> list[asyncio.Task[CheckResult]]:
        first = self._kernels if step.needs_kernels else None
        return [asyncio.create_task(self._carry_out(check, first)) for check in step.checks]

    @contextmanager
    def _timed(self, begun: Progress) -> Iterator[None]:
        """Tell that a step begins, and how long it took."""
        began = time.monotonic()
        self._tell(begun)
        yield
        self._tell(replace(begun, took_s=time.monotonic() - began))

    async def _carry_out(self, check: Check, first: asyncio.Task[None] | None) -> CheckResult:
        """Run one check within its deadline, when what must come `first` has ended, and measure
        how long it took."""
        if first is not None:
            await asyncio.shield(first)
        async with self._room:
            began = time.monotonic()
            result = await self._outcome(check)
            return replace(result, duration_s=round(time.monotonic() - began, 3))

    async def _outcome(self, check: Check) -> CheckResult:
        if check.run is None:
            return blocked(check, "this check is not built yet")
        deadline = asyncio.timeout(self._context.deadline_s)
        try:
            async with deadline:
                return _seen(check, await check.run(check, self._context))
        except TimeoutError as error:
            late = f"it did not end within {self._context.deadline_s} s"
            return blocked(check, late if deadline.expired() else error)
        except DeadlinePassed as passed:
            return blocked(check, f"a program of it {passed}")
        except Exception as error:  # Whatever it is, the other checks must still be heard.
            return blocked(check, error)

    async def _environment(self) -> dict[str, str]:
        """What this run stands on; a failure here means that nothing can be verified."""
        connection = await connect(self._context.database_url)
        try:
            database = await connection.fetchval("SHOW server_version")
        finally:
            await connection.close()
        return {
            "python": platform.python_version(),
            "postgresql": str(database),
            "system": platform.platform(),
            "cores": str(os.cpu_count()),
        }


def _release(root: Path) -> dict[str, str]:
    """The digests of what is verified; {} where a part of it cannot be read."""
    config = root / BOT_CONFIG
    try:
        return release_of(root, config, bot_settings.load(config).strategy.model.folder)
    except (BotTradingError, OSError):
        return {}


def _seen(check: Check, result: CheckResult) -> CheckResult:
    """The same; a pass of something that was not looked at at all is none."""
    if result.outcome is not Outcome.PASSED or result.coverage_ratio:
        return result
    return blocked(check, "it looked at nothing of what it should: see its logs in the evidence")
