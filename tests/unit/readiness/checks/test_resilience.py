"""What simulated sessions came to is judged by what broke and by what really struck."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from readiness.check import Outcome, Severity
from readiness.checks.ml_pipeline import judge_fallback
from readiness.checks.resilience import DEMANDED, Failed, Sums, judge_sessions, run
from readiness.context import Check, Context, Scope
from readiness.settings import read_settings

ROOT = Path(__file__).resolve().parents[4]
CHECK = Check(name="Resilience", is_critical=True, run=run)
SOURCES = ["sessions", "kill points"]


def _sums(**changes: Any) -> Sums:
    parts: dict[str, Any] = {
        "version": 1,
        "sessions": 5,
        "entries": 40,
        "exits": 30,
        "worst_bare_s": 2.0,
        "took_s": 9.0,
        "played": {"bybit": 3, "okx": 2},
        "hits": dict.fromkeys(DEMANDED, 1),
        "failed": [],
    }
    return Sums(**(parts | changes))


def test_sessions_that_kept_everything_pass() -> None:
    """With counts, the faults that struck, and the worst unprotected time as evidence."""
    result = judge_sessions(CHECK, [_sums(), _sums()], SOURCES)
    assert result.outcome is Outcome.PASSED
    assert result.coverage_ratio == 1.0
    measured = [evidence.measured for evidence in result.evidence]
    assert measured[0].startswith("5 of 5")
    assert measured[0].endswith("; 3 on bybit, 2 on okx")
    assert measured[-1] == "2 s"


def test_a_broken_invariant_fails_and_says_how_to_see_it_again() -> None:
    """Critical, with the sentence of the watch and the command that replays it."""
    failed = Failed(replay="make sim SEEDS=1 FIRST_SEED=7", violations=["at 3.0 s: a leg flipped"])
    result = judge_sessions(CHECK, [_sums(failed=[failed]), _sums()], SOURCES)
    assert result.outcome is Outcome.FAILED
    finding = result.findings[0]
    assert finding.severity is Severity.CRITICAL
    assert "a leg flipped" in finding.message
    assert "FIRST_SEED=7" in finding.fix


def test_the_loss_of_the_model_strikes_in_the_check_itself() -> None:
    """No session has a model: what answers without it is asked of copies of the shipped ones."""
    hits = dict.fromkeys(DEMANDED[:-1], 1)
    lost = judge_fallback(ROOT / "models")
    result = judge_sessions(CHECK, [_sums(hits=hits), _sums()], SOURCES, lost)
    assert (result.outcome, result.coverage_ratio) == (Outcome.PASSED, 1.0)
    assert result.evidence[-1].what == "losses survived"


def test_a_lost_model_without_a_fallback_fails(tmp_path: Path) -> None:
    """The finding is the one of the ML check."""
    lost = judge_fallback(tmp_path)
    result = judge_sessions(CHECK, [_sums(), _sums()], SOURCES, lost)
    assert result.outcome is Outcome.FAILED
    assert [finding.rule_id for finding in result.findings] == ["ml-fallback"]


def test_what_never_struck_lowers_the_coverage_and_is_named() -> None:
    """A fault that was only planned proves nothing."""
    hits = dict.fromkeys(DEMANDED[:-2], 1)
    result = judge_sessions(CHECK, [_sums(hits=hits), _sums(hits={})], SOURCES)
    assert result.outcome is Outcome.PASSED
    assert result.coverage_ratio == pytest.approx((len(DEMANDED) - 2) / len(DEMANDED))
    assert any("never: exchange failover, model gone" in each.measured for each in result.evidence)


@pytest.mark.parametrize(
    "changes", [{"entries": 0}, {"exits": 0}, {"sessions": 0, "entries": 0}, {"hits": {}}]
)
def test_sessions_that_show_nothing_are_blocked(changes: dict[str, Any]) -> None:
    """A bot that does not trade breaks no invariant either."""
    result = judge_sessions(CHECK, [_sums(**changes), _sums(hits={})], SOURCES)
    assert result.outcome is Outcome.BLOCKED


async def test_a_checkout_without_the_simulation_is_blocked(tmp_path: Path) -> None:
    """The last words of what was started are the reason."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    context = Context(
        root=tmp_path,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.QUICK,
        dry_run_duration_s=1,
        database_url="postgresql://unused",
        folder=folder,
    )
    result = await run(CHECK, context)
    assert result.outcome is Outcome.BLOCKED
    assert "without a result" in result.reason
