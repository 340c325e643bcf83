"""The cheapest form of each check: what it does beside processes and hours, on one tree.

A form runs in a process of its own whose modules come from the tree. It leaves out what is dear
and only adds to what it finds, so that a defect which a form sees is seen by its check too.
"""

from __future__ import annotations

import asyncio
import importlib
import io
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path

import msgspec

from readiness.check import CheckResult, Finding, FindingKind, Location, Severity

__all__ = ["FORMS", "NEED_DATABASE", "Blocked", "Form", "answer"]

Form = Callable[[Path, Sequence[str]], list[Finding]]
CONFIG, DEMANDS = Path("config/bot.yaml"), Path("config/readiness.yaml")
SHORT_RUN_S = 20
# A week of rows, which plain Python computes for a minute.
LONG_EXAMPLE = (
    "tests/unit/bot_trading/features/indicators/test_clock.py"
    "::test_weekends_and_sessions_come_and_go"
)
NEED_DATABASE = frozenset({"Integration Tests", "Dry Run"})


class Blocked(Exception):
    """A check said that it cannot measure; the message says why."""


def code(tree: Path, options: Sequence[str]) -> list[Finding]:
    """The analysis of the bot as it is in the tree."""
    from readiness.checks.code import REASONS, _analyse

    analysis = _analyse(tree / "bot_trading", tree / "legacy_v2", tree / REASONS)
    return list(analysis.findings)


def risk(tree: Path, options: Sequence[str]) -> list[Finding]:
    """Every control driven around its limit, and the door; without the proofs over the wire."""
    from readiness.checks.risk import judge_limits, limits_of
    from readiness.settings import read_settings

    ceilings = read_settings(tree / DEMANDS).risk_management.ceilings
    return judge_limits(limits_of(tree / CONFIG), ceilings)[0]


def exits(tree: Path, options: Sequence[str]) -> list[Finding]:
    """What is declared and decided, without the flow over the wire."""
    from readiness.checks.exits import EXAMPLES, judge_exits

    return judge_exits(tree / CONFIG)[1] or integration(tree, EXAMPLES)


def ml(tree: Path, options: Sequence[str]) -> list[Finding]:
    """Features, artifact, fallbacks and examples; speed on a busy machine shows no defect."""
    from bot_trading.settings import load
    from readiness.checks.ml_features import judge_features
    from readiness.checks.ml_pipeline import (
        EXAMPLES,
        MODELS,
        judge_ages,
        judge_fallback,
        judge_model,
    )

    models = tree / MODELS
    found = judge_model(models, load(tree / CONFIG))[0] + judge_fallback(models)[0]
    found += judge_ages(models)[0]
    found = [each for each in found if each.kind is FindingKind.FAIL]
    found = found or judge_features(280)[0]
    return found or integration(tree, [*EXAMPLES, f"--deselect={LONG_EXAMPLE}"])


def resilience(tree: Path, options: Sequence[str]) -> list[Finding]:
    """The sessions of a quick run until one breaks an invariant: the aimed ones first, the kills of
    a calm one early.

    As in the check, seeds take turns on each exchange and on all of them together.
    """
    from readiness.chaos.aimed import aimed_sessions
    from readiness.chaos.campaign import kill_points, quiet
    from readiness.chaos.scenario import ALL, draw
    from readiness.chaos.session import run_scenario
    from readiness.settings import read_settings

    quiet()
    plan = read_settings(tree / DEMANDS).resilience
    drawn = [
        draw(seed, plan.quick_session_s, place=ALL) for seed in range(1, plan.quick_sessions + 1)
    ]
    early = (*aimed_sessions(), *drawn[:2])
    for scenario in (*early, *kill_points(1, 400, plan.quick_kill_points), *drawn[2:]):
        outcome = run_scenario(scenario)
        if outcome.violations:
            return [_broken("invariant-broken", "; ".join(outcome.violations)[:400])]
        if not outcome.entries:
            return [_broken("no-trade", f"seed {scenario.seed} did not trade, so it shows nothing")]
    return []


def integration(tree: Path, options: Sequence[str]) -> list[Finding]:
    """Those integration tests that a defect concerns; no others could only see more."""
    said = io.StringIO()
    with redirect_stdout(said):
        code_ = _pytest(["-x", "-q", "--hypothesis-seed=0", *options])
    last = (said.getvalue().strip().splitlines() or ["nothing was said"])[-1]
    return [_broken("integration-test-failed", last)] if code_ else []


def dry_run(tree: Path, options: Sequence[str]) -> list[Finding]:
    """A run of twenty seconds that holds as much market as any other, judged as the check does.

    Raises Blocked where it could not measure: a busy machine may be why, so it is tried once more.
    """
    from readiness.check import Outcome

    result = _dry_run(tree)
    if result.outcome is Outcome.BLOCKED:
        raise Blocked(result.reason)
    return list(result.findings)


def _dry_run(tree: Path) -> CheckResult:
    from readiness.checks.dry_run import run
    from readiness.context import Check, Context, Scope
    from readiness.settings import read_settings

    with tempfile.TemporaryDirectory() as folder:
        context = Context(
            root=tree,
            settings=read_settings(tree / DEMANDS),
            scope=Scope.QUICK,
            dry_run_duration_s=SHORT_RUN_S,
            database_url=os.environ["DATABASE_URL"],
            folder=Path(folder),
        )
        return asyncio.run(run(Check(name="Dry Run", is_critical=True, run=run), context))


def _pytest(arguments: Sequence[str]) -> int:
    import pytest

    return int(pytest.main([*arguments]))


def _broken(rule_id: str, message: str) -> Finding:
    return Finding(
        rule_id=rule_id,
        severity=Severity.CRITICAL,
        message=message or "no message",
        fix="See the check of this form",
        location=Location(path="readiness/mutants/forms.py"),
    )


FORMS: dict[str, Form] = {
    "Code": code,
    "Risk Management": risk,
    "Enhanced SL/TP": exits,
    "ML Pipeline": ml,
    "Resilience": resilience,
    "Integration Tests": integration,
    "Dry Run": dry_run,
}


def answer(name: str, options: Sequence[str]) -> bytes:
    """What the form of a check finds in the working directory, as JSON."""
    tree = Path.cwd()
    if name == "ML Pipeline":
        _leave_kernels_plain()
    return msgspec.json.encode(FORMS[name](tree, options))


def _leave_kernels_plain() -> None:
    """Import the kernels of features as plain Python: to compile a changed one takes too long."""
    from numba.core import config

    setattr(config, "DISABLE_JIT", True)  # noqa: B010 (numba fills this module while it starts)
    importlib.import_module("bot_trading.features.stream")
    setattr(config, "DISABLE_JIT", False)  # noqa: B010
