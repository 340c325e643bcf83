"""The check of risk notices a limit that binds elsewhere, a lost control, and an open door."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot_trading.risk.limits import RiskLimits
from bot_trading.settings import core_config, load
from readiness.check import CheckResult, Outcome
from readiness.checks.risk import (
    ALERTS,
    CONFIG,
    CONTROLS,
    PROOFS,
    QUICK_PROOFS,
    drive_all,
    judge_limits,
    limits_of,
    run,
)
from readiness.checks.risk_drives import drives
from readiness.checks.risk_world import base_intent, base_view
from readiness.context import Check, Context, Scope
from readiness.settings import read_settings
from tests.builders.core import d, risk_limits

ROOT = Path(__file__).resolve().parents[4]
CEILINGS = read_settings(ROOT / "config/readiness.yaml").risk_management.ceilings
CHECK = Check(name="Risk Management", is_critical=True, run=run)
PASSES = '"""A proof."""\n\n\ndef test_proof() -> None:\n    """Passes."""\n'
FAILS = PASSES.replace('"""Passes."""', '"""Fails."""\n    raise AssertionError')


def _limits() -> RiskLimits:
    return core_config(load(), "check").limits


async def _run(folder: Path, proof: str = PASSES, **changes: object) -> CheckResult:
    """Judge a checkout whose proofs and configuration are given."""
    for name in (CONFIG, *PROOFS, ALERTS):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    data = yaml.safe_load((ROOT / CONFIG).read_text("utf-8"))
    data["risk"] |= changes
    (folder / CONFIG).write_text(yaml.safe_dump(data), encoding="utf-8")
    for name in (*PROOFS, ALERTS):
        (folder / name).write_text(proof, encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", folder)
    context = Context(
        root=folder,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.FULL,
        dry_run_duration_s=1,
        database_url="postgresql://nowhere",
        folder=folder,
    )
    return await run(CHECK, context)


@pytest.mark.parametrize("limits", [_limits(), risk_limits(order_quantity_max={"X": d(1000)})])
def test_every_control_binds_where_the_limits_say(limits: RiskLimits) -> None:
    """Of the shipped configuration and of any other."""
    findings, evidence = drive_all(limits, CONTROLS)
    assert [each.message for each in findings] == []
    assert {drive.control for drive in drives(limits)} == set(CONTROLS)
    assert len(evidence) == len(drives(limits))
    assert all(each.limit for each in evidence)


@pytest.mark.parametrize("name", sorted(CONTROLS))
def test_a_control_that_is_gone_is_noticed(name: str) -> None:
    """Whichever it is; so is one that lets everything pass."""
    left = {key: control for key, control in CONTROLS.items() if key != name}
    findings, _ = drive_all(_limits(), left)
    assert any(name in each.message and "no such control" in each.message for each in findings)
    blind = {**CONTROLS, name: lambda intent, view, limits: None}
    findings, _ = drive_all(_limits(), blind)
    assert any(name in each.message for each in findings)


def test_a_limit_that_binds_elsewhere_is_noticed() -> None:
    """A control that looks at other limits than the configuration's."""
    other = risk_limits(daily_loss_max_usdt=d(499))
    moved = {**CONTROLS, "daily_loss": lambda i, v, _: CONTROLS["daily_loss"](i, v, other)}
    findings, _ = drive_all(_limits(), moved)
    assert [each.rule_id for each in findings] == ["risk-limit-elsewhere"]


def test_the_usual_order_passes_everything() -> None:
    """The world that drives begin with refuses nothing."""
    limits = _limits()
    intent, view = base_intent(limits), base_view(limits)
    assert all(control(intent, view, limits) is None for control in CONTROLS.values())


async def test_limits_that_bind_and_proofs_that_pass_are_passed(tmp_path: Path) -> None:
    """With every control's evidence, and all of them missed when taken out."""
    result = await _run(tmp_path)
    assert result.outcome is Outcome.PASSED, result.findings
    assert result.recall is not None
    assert result.recall.caught == result.recall.seeded == len(CONTROLS)
    assert result.coverage_ratio == 1.0
    wire, alerts = result.evidence[-2:]
    assert "2 passed" in wire.measured
    assert "1 passed" in alerts.measured


async def test_a_proof_that_fails_fails_the_check(tmp_path: Path) -> None:
    """What the process said is the finding."""
    result = await _run(tmp_path, FAILS)
    assert [each.rule_id for each in result.findings] == ["risk-proof"] * 2


async def test_limits_that_cannot_be_loaded_block_the_check(tmp_path: Path) -> None:
    """With the sentence that mends them."""
    result = await _run(tmp_path, drawdown_max_ratio=10)
    assert result.outcome is Outcome.BLOCKED
    assert "risk.drawdown_max_ratio is 10" in result.reason


def test_a_quick_run_proves_a_part_of_what_a_full_one_does() -> None:
    """Each of its proofs is there, so that a name that is gone does not pass for a proof."""
    assert QUICK_PROOFS[0] == PROOFS[0]
    file, _, name = QUICK_PROOFS[1].partition("::")
    assert file == PROOFS[1]
    assert f"def {name}(" in (ROOT / file).read_text("utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"leverage_max": d(100)}, "risk.leverage_max is 100, accepted is 5"),
        ({"free_margin_min_ratio": d("0.01")}, "risk.free_margin_min_ratio is 0.01, accepted"),
        ({"executions_max": 10**6}, "risk.executions_max is 1000000, accepted is 1000"),
    ],
)
def test_a_limit_that_nothing_reaches_is_none(change: dict[str, Any], said: str) -> None:
    """Minimums are bound from below, everything else from above."""
    findings, _ = judge_limits(replace(_limits(), **change), CEILINGS)
    assert [each.message for each in findings if each.rule_id == "risk-limit-absurd"] != []
    assert any(said in each.message for each in findings)


def test_the_shipped_limits_hold_in_every_corner() -> None:
    """Nothing is found in them."""
    assert judge_limits(limits_of(ROOT / CONFIG), CEILINGS)[0] == []
