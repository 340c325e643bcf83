"""The check of v2's rules: what differs unasked fails it, and so does what no longer differs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot_trading.engine.state import CoreConfig
from bot_trading.settings import core_config, load
from readiness.check import CheckResult, Outcome, Recall
from readiness.checks.v2_compatibility import judge, measure_recall, run
from readiness.compatibility.histories import History
from readiness.compatibility.intended import read_intended
from readiness.compatibility.rules import core_of, rules_of
from readiness.compatibility.v2_run import run_v2
from readiness.compatibility.v3_run import run_v3
from readiness.context import Check, Context, Scope
from readiness.scratch_database import scratch_database
from readiness.settings import read_settings

ROOT = Path(__file__).resolve().parents[4]
CHECK = Check(name="V2 Compatibility", is_critical=False, run=run)
ALL = Recall(caught=15, seeded=15)


@pytest.fixture(scope="module")
def core() -> CoreConfig:
    """v3 with the rules that v2 has too."""
    config = core_config(load(), account="")
    return core_of(config, rules_of(config))


@pytest.fixture
async def v2(postgres_url: str, core: CoreConfig) -> History:
    """What v2 does on the tape."""
    async with scratch_database(postgres_url) as url:
        return run_v2(rules_of(core_config(load(), account="")), url)


async def _run(postgres_url: str, root: Path, folder: Path) -> CheckResult:
    context = Context(
        root=root,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.QUICK,
        dry_run_duration_s=0,
        database_url=postgres_url,
        folder=folder,
    )
    return await run(CHECK, context)


async def test_v3_decides_as_v2(postgres_url: str, tmp_path: Path) -> None:
    """As shipped nothing differs that is not listed, and every wrong v3 is told from the right."""
    result = await _run(postgres_url, ROOT, tmp_path)
    assert result.outcome is Outcome.PASSED, result.findings
    assert result.recall == ALL
    told = {it.what: it.measured for it in result.evidence}
    assert told["differences that are not listed"] == "0"
    assert told["intended difference: ladder"] == "shows on the wire alone"


async def test_without_a_configuration_nothing_is_said(postgres_url: str, tmp_path: Path) -> None:
    """Rules that cannot be read are no passed check."""
    result = await _run(postgres_url, tmp_path, tmp_path)
    assert result.outcome is Outcome.BLOCKED
    assert "rules to compare by" in result.reason


def test_a_changed_rule_of_v3_fails(core: CoreConfig, v2: History) -> None:
    """A pause of one more candle between opinions is another decision, and named."""
    assert core.momentum is not None
    slower = replace(core.momentum, cool_down=core.momentum.cool_down + 1)
    changed = run_v3(replace(core, momentum=slower))
    result = judge(CHECK, v2, changed, read_intended(), ALL, ())
    assert result.outcome is Outcome.FAILED
    assert "v2-compatibility-decision" in {it.rule_id for it in result.findings}


def test_another_exit_of_v3_fails(core: CoreConfig, v2: History) -> None:
    """A target that lies further away ends a leg for another reason than v2's position."""
    barrier = replace(core.barrier, target_ratio=Decimal("0.03"))
    result = judge(CHECK, v2, run_v3(replace(core, barrier=barrier)), read_intended(), ALL, ())
    assert "v2-compatibility-exit" in {it.rule_id for it in result.findings}


def test_an_intended_difference_that_is_gone_fails(v2: History) -> None:
    """v2 itself in the place of v3 has no legs, no flags, no ids: that is not meant either."""
    result = judge(CHECK, v2, v2, read_intended(), ALL, ())
    gone = [it for it in result.findings if it.rule_id == "v2-compatibility-not-seen"]
    assert len(gone) == 5
    assert result.outcome is Outcome.FAILED


def test_what_is_not_listed_is_not_intended(core: CoreConfig, v2: History) -> None:
    """Without its line in the file the other leg is a failure like any other."""
    fewer = {kind: it for kind, it in read_intended().items() if kind != "legs"}
    result = judge(CHECK, v2, run_v3(core), fewer, ALL, ())
    assert [it.rule_id for it in result.findings] == ["v2-compatibility-legs"]


def test_a_blind_comparison_is_told(core: CoreConfig, v2: History) -> None:
    """Where everything is called intended, wrong v3s pass, and that fails the check."""
    everything = dict.fromkeys(
        ("decision", "life", "exit", "v3_order", *read_intended()), read_intended()["legs"]
    )
    recall, missed = measure_recall(core, v2, everything)
    assert (recall.caught, recall.seeded) == (0, 15)
    result = judge(CHECK, v2, run_v3(core), everything, recall, missed)
    assert "v2-compatibility-blind" in {it.rule_id for it in result.findings}
