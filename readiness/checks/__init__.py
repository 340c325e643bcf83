"""The checks, one file each, in the steps of a verification run.

A check without a function would be reported as BLOCKED with that reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from readiness.checks import (
    code,
    data_integrity,
    database_schema,
    dry_run,
    exchange_apis,
    exits,
    integration_tests,
    ml_pipeline,
    performance,
    resilience,
    risk,
    v2_compatibility,
)
from readiness.context import Check

__all__ = ["STEPS", "Step", "steps_with"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Checks that run together, and the name of what they look at."""

    name: str
    checks: tuple[Check, ...]


STEPS = (
    Step(
        name="database",
        checks=(
            Check(name="Database Schema", is_critical=True, run=database_schema.run),
            Check(name="Data Integrity", is_critical=True, run=data_integrity.run),
        ),
    ),
    Step(name="code", checks=(Check(name="Code", is_critical=True, run=code.run),)),
    Step(
        name="compatibility and integration tests",
        checks=(
            Check(name="Integration Tests", is_critical=True, run=integration_tests.run),
            Check(name="V2 Compatibility", is_critical=False, run=v2_compatibility.run),
            Check(name="Enhanced SL/TP", is_critical=True, run=exits.run),
            Check(name="ML Pipeline", is_critical=True, run=ml_pipeline.run),
            Check(name="Exchange APIs", is_critical=True, run=exchange_apis.run),
            Check(name="Risk Management", is_critical=True, run=risk.run),
            Check(name="Resilience", is_critical=True, run=resilience.run),
        ),
    ),
    # Speed is measured while nothing else runs.
    Step(
        name="benchmarks",
        checks=(Check(name="Performance", is_critical=False, run=performance.run),),
    ),
    Step(name="dry run", checks=(Check(name="Dry Run", is_critical=True, run=dry_run.run),)),
)


def steps_with(*names: str) -> tuple[Step, ...]:
    """The steps of these names only, in their order."""
    return tuple(step for step in STEPS if step.name in names)
