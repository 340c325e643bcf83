"""The cheapest form of each check: what it does beside processes and hours, on one tree.

A form runs in a process of its own whose modules come from the tree. It leaves out what is dear
and only adds to what it finds, so that a defect which a form sees is seen by its check too.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path

import msgspec

from readiness.check import Finding, Location, Severity

__all__ = ["FORMS", "NEED_DATABASE", "Form", "answer"]

Form = Callable[[Path, Sequence[str]], list[Finding]]
CONFIG, DEMANDS = Path("config/bot.yaml"), Path("config/readiness.yaml")
SHORT_RUN_S = 10
NEED_DATABASE = frozenset({"Integration Tests", "Dry Run"})


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
    """Features, artifact and fallbacks; speed on a busy machine says nothing about defects."""
    from bot_trading.settings import load
    from readiness.checks.ml_features import judge_features
    from readiness.checks.ml_pipeline import MODELS, judge_fallback, judge_model

    models = tree / MODELS
    found = judge_model(models, load(tree / CONFIG))[0] + judge_fallback(models)[0]
    return found + judge_features(400)[0]


def resilience(tree: Path, options: Sequence[str]) -> list[Finding]:
    """The sessions of a quick run until one breaks an invariant, the kills of a calm one first."""
    from readiness.chaos.campaign import kill_points, quiet
    from readiness.chaos.scenario import draw
    from readiness.chaos.session import run_scenario
    from readiness.settings import read_settings

    quiet()
    plan = read_settings(tree / DEMANDS).resilience
    drawn = [draw(seed, plan.quick_session_s) for seed in range(1, plan.quick_sessions + 1)]
    for scenario in (*drawn[:2], *kill_points(1, 400, plan.quick_kill_points), *drawn[2:]):
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
    """A run of ten seconds that holds as much market as any other, judged as the check does."""
    from readiness.check import Outcome
    from readiness.checks.dry_run import LAUNCHER, judge_run, write_faster
    from readiness.context import Check
    from readiness.processes import run_program

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        config, file = folder / "dry_run.yaml", folder / "summary.json"
        write_faster(tree / CONFIG, config, SHORT_RUN_S)
        command = [LAUNCHER, "--mode=all", "--dry-run", f"--duration={SHORT_RUN_S}"]
        command += [f"--config={config}", f"--summary={file}"]
        finished = asyncio.run(
            run_program(
                [sys.executable, *command],
                folder=tree,
                log=folder / "dry_run.log",
                deadline_s=120,
                environ={"PYTHONPATH": str(tree)},
            )
        )
        if not file.exists():
            return [_broken("dry-run-exit", finished.last_words(3))]
        check = Check(name="Dry Run", is_critical=True, run=None)
        result = judge_run(check, file, finished, SHORT_RUN_S, " ".join(command))
    if result.outcome is Outcome.BLOCKED:
        return [_broken("dry-run-blocked", result.reason)]
    return list(result.findings)


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
    return msgspec.json.encode(FORMS[name](tree, options))
