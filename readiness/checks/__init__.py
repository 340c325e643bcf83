"""The checks, one file each, in the steps of a verification run.

A check without a function would be reported as BLOCKED with that reason. A check's file is imported
when the check is carried out: all of them together take seconds, which who only asks for help need
not wait for, and one that cannot be imported is BLOCKED and hides no other.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from readiness.check import CheckResult
from readiness.context import Check, Context, Scope

__all__ = ["ALWAYS", "STEPS", "Step", "steps_with"]

ALWAYS = frozenset(Scope)

_importing = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Checks that run together, and the name of what they look at.

    A step may run beside the others, unless it has to be `alone` in a run of that scope. One whose
    programs run our bot `needs_kernels`, and begins when they are compiled.
    """

    name: str
    checks: tuple[Check, ...]
    alone: frozenset[Scope] = frozenset()
    needs_kernels: bool = False


def _of(file: str) -> Callable[[Check, Context], Awaitable[CheckResult]]:
    """What carries out the check of this file."""

    async def run(check: Check, context: Context) -> CheckResult:
        module = await asyncio.to_thread(_imported, f"{__name__}.{file}")
        result: CheckResult = await module.run(check, context)
        return result

    return run


def _imported(name: str) -> ModuleType:
    """One after the other, for two threads could each wait for what the other imports."""
    with _importing:
        return import_module(name)


STEPS = (
    Step(
        name="database",
        checks=(
            Check(name="Database Schema", is_critical=True, run=_of("database_schema")),
            Check(name="Data Integrity", is_critical=True, run=_of("data_integrity")),
        ),
    ),
    Step(name="code", checks=(Check(name="Code", is_critical=True, run=_of("code")),)),
    Step(
        name="compatibility and integration tests",
        checks=(
            Check(name="Integration Tests", is_critical=True, run=_of("integration_tests")),
            Check(name="V2 Compatibility", is_critical=False, run=_of("v2_compatibility")),
            Check(name="Enhanced SL/TP", is_critical=True, run=_of("exits")),
            Check(name="ML Pipeline", is_critical=True, run=_of("ml_pipeline")),
            Check(name="Exchange APIs", is_critical=True, run=_of("exchange_apis")),
            Check(name="Risk Management", is_critical=True, run=_of("risk")),
            Check(name="Resilience", is_critical=True, run=_of("resilience")),
        ),
        needs_kernels=True,
    ),
    # Speed is measured while nothing else runs.
    Step(
        name="benchmarks",
        checks=(Check(name="Performance", is_critical=False, run=_of("performance")),),
        alone=ALWAYS,
        needs_kernels=True,
    ),
    # A quick one hurries through its market ten times as fast, and would feel its neighbours.
    Step(
        name="dry run",
        checks=(Check(name="Dry Run", is_critical=True, run=_of("dry_run")),),
        alone=frozenset({Scope.QUICK}),
        needs_kernels=True,
    ),
)


def steps_with(*names: str) -> tuple[Step, ...]:
    """The steps of these names only, in their order."""
    return tuple(step for step in STEPS if step.name in names)
