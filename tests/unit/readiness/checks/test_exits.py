"""Exits are judged by what is declared, decided, kept, and left over the wire."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from bot_trading.domain.instrument import PositionIdx
from bot_trading.sltp.policy import DEFAULT_POLICY, ExitPolicy
from readiness.check import CheckResult, Outcome
from readiness.checks.exits import CONFIG, EXAMPLES, FLOW, judge_policy, run
from readiness.context import Check, Context, Scope
from readiness.settings import read_settings
from tests.builders.core import d

ROOT = Path(__file__).resolve().parents[4]
CHECK = Check(name="Enhanced SL/TP", is_critical=True, run=run)
PASSES = '"""A flow."""\n\n\ndef test_flow() -> None:\n    """Passes."""\n'


async def _run(folder: Path, url: str, flow: str = PASSES, **changes: object) -> CheckResult:
    """Judge a checkout whose flow test and configuration are given."""
    for name in (CONFIG, FLOW):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    data = yaml.safe_load((ROOT / CONFIG).read_text("utf-8"))
    data["enhanced_sltp"] |= changes
    (folder / CONFIG).write_text(yaml.safe_dump(data), encoding="utf-8")
    (folder / FLOW).write_text(flow, encoding="utf-8")
    for name in EXAMPLES:
        (folder / name).mkdir(parents=True)
        (folder / name / "test_example.py").write_text(PASSES, encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", folder)
    context = Context(
        root=folder,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.QUICK,
        dry_run_duration_s=1,
        database_url=url,
        folder=folder,
    )
    return await run(CHECK, context)


@pytest.mark.parametrize("idx", [PositionIdx.LONG, PositionIdx.SHORT])
def test_the_default_policy_decides_rightly(idx: PositionIdx) -> None:
    """A fifth and three tenths of the leg, and stops that only tighten."""
    findings, seen = judge_policy(DEFAULT_POLICY, idx)
    assert findings == []
    assert seen.closed == (d("0.020"), d("0.030"))
    assert len(seen.stops) > 3


def test_a_policy_that_protects_nothing_is_found() -> None:
    """Gains that move no stop are no protection."""
    bare = ExitPolicy(
        stop_loss_percent=d(1), partial_take_profit=DEFAULT_POLICY.partial_take_profit
    )
    findings, _ = judge_policy(bare, PositionIdx.LONG)
    assert [finding.rule_id for finding in findings] == ["sltp-stop-still"]


async def test_the_default_configuration_passes_with_its_evidence(
    tmp_path: Path, postgres_url: str
) -> None:
    """Parts, both legs, tables and flow are named."""
    result = await _run(tmp_path, postgres_url)
    assert (result.outcome, result.coverage_ratio) == (Outcome.PASSED, 1.0)
    assert [row.what for row in result.evidence] == [
        "parts declared",
        "LONG leg of 0.1",
        "SHORT leg of 0.1",
        "tables of the steps",
        "worked examples and drawn lives",
        "the flow over the wire",
    ]


async def test_what_is_not_declared_or_does_not_flow_fails(
    tmp_path: Path, postgres_url: str
) -> None:
    """Each with a rule of its own."""
    broken = PASSES.replace('"""Passes."""', "assert 1 == 2")
    result = await _run(tmp_path, postgres_url, broken, trailing_stop=None)
    assert result.outcome is Outcome.FAILED
    assert [finding.rule_id for finding in result.findings] == ["sltp-not-declared", "sltp-flow"]


async def test_a_configuration_that_is_refused_blocks(tmp_path: Path, postgres_url: str) -> None:
    """With the sentence that refused it."""
    result = await _run(tmp_path, postgres_url, stop_loss_percent=0.001)
    assert result.outcome is Outcome.BLOCKED
    assert "stop_loss_percent" in result.reason
