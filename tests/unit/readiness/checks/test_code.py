"""The Code check, on small trees and on the labelled cases that measure its power."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from readiness.check import Outcome
from readiness.checks.code import run
from readiness.context import Check, Context, Scope
from readiness.settings import read_settings

ROOT = Path(__file__).resolve().parents[4]
CHECK = Check(name="Code", is_critical=True, run=run)
BLOCKING = "import time\n\nasync def wait() -> None:\n    time.sleep(1)\n"
SOUND = "def add(one: int, two: int) -> int:\n    return one + two\n"


def _context(root: Path, code: str) -> Context:
    (root / "bot_trading").mkdir()
    (root / "bot_trading/part.py").write_text(code)
    return _context_of(root)


def _context_of(root: Path) -> Context:
    return Context(
        root=root,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.QUICK,
        dry_run_duration_s=1,
        database_url="postgresql://unused",
        folder=root,
    )


async def test_sound_code_passes_with_its_lines_as_evidence(tmp_path: Path) -> None:
    """Everything was read and nothing was found; without labelled cases the power is unknown."""
    result = await run(CHECK, _context(tmp_path, SOUND))
    assert (result.outcome, result.coverage_ratio, result.recall) == (Outcome.PASSED, 1.0, None)
    assert "0 failing findings" in result.evidence[0].measured


async def test_a_hazard_fails_the_check(tmp_path: Path) -> None:
    """A blocking call in a coroutine is found at its line."""
    result = await run(CHECK, _context(tmp_path, BLOCKING))
    assert result.outcome is Outcome.FAILED
    assert ("D05", "part.py:4") in [
        (finding.rule_id, str(finding.location)) for finding in result.findings
    ]


async def test_the_power_is_measured_on_labelled_cases(tmp_path: Path) -> None:
    """Two planted defects, of which the analysis knows one: the recall says so."""
    cases = tmp_path / "tests/cases/codelint/fresh/D05"
    cases.mkdir(parents=True)
    labelled = BLOCKING.replace("sleep(1)", "sleep(1)  # expect: D05")
    (cases / "seen.py").write_text(labelled)
    (cases / "unseen.py").write_text("ANSWER = 42  # expect: D05\n")
    result = await run(CHECK, _context(tmp_path, SOUND))
    assert result.recall is not None
    assert (result.recall.caught, result.recall.seeded) == (1, 2)
    assert result.evidence[1].measured == "1 of 2"


async def test_a_tree_without_code_is_blocked(tmp_path: Path) -> None:
    """Nothing was read, so nothing is sound."""
    context = _context(tmp_path, "")
    (tmp_path / "bot_trading/part.py").unlink()
    result = await run(CHECK, context)
    assert result.outcome is Outcome.BLOCKED
    assert "no code" in result.reason


async def test_a_file_that_cannot_be_read_is_not_covered(tmp_path: Path) -> None:
    """A file that does not parse lowers the coverage and is named."""
    context = _context(tmp_path, SOUND)
    (tmp_path / "bot_trading/broken.py").write_text("def (:\n")
    result = await run(CHECK, context)
    assert result.coverage_ratio == 0.5
    assert "broken.py" in result.evidence[0].measured


async def test_our_own_bot_lost_nothing_of_v2_without_a_reason(tmp_path: Path) -> None:
    """Each name and table of the baseline is there, or stands in the file of stated reasons."""
    context = replace(_context_of(ROOT), folder=tmp_path)
    result = await run(CHECK, context)
    assert [found.message for found in result.findings] == []
