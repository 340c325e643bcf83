"""The integration suite's result is read from pytest's own report, and nothing else counts."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from readiness.check import Outcome
from readiness.checks.integration_tests import judge_suite, run
from readiness.context import Check, Context, Scope
from readiness.processes import DeadlinePassed
from readiness.settings import Deadlines, IntegrationTests, read_settings

ROOT = Path(__file__).resolve().parents[4]
CHECK = Check(name="Integration Tests", is_critical=True, run=run)


def _context(root: Path, scope: Scope = Scope.QUICK) -> Context:
    folder = root / "evidence"
    folder.mkdir()
    return Context(
        root=root,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=scope,
        dry_run_duration_s=1,
        database_url="postgresql://unused",
        folder=folder,
    )


def _suite(root: Path, code: str) -> None:
    """A repository with one file of integration tests, and the two marks that ours has."""
    (root / "tests/integration").mkdir(parents=True)
    (root / "tests/integration/test_one.py").write_text("import pytest\n" + textwrap.dedent(code))
    (root / "pytest.ini").write_text("[pytest]\nmarkers =\n  slow: s\n  real_market: r\n")


async def test_a_suite_that_passes(tmp_path: Path) -> None:
    """Every test that ran passed: PASSED, with the count and the command as evidence."""
    _suite(tmp_path, "async def test_a(): pass\ndef test_b(): pass\n")
    result = await run(CHECK, _context(tmp_path))
    assert result.outcome is Outcome.PASSED
    assert result.coverage_ratio == 1.0
    assert result.evidence[0].measured == "2 of 2 run, 2 collected"
    assert "pytest tests/integration/ -v --asyncio-mode=auto" in result.evidence[0].source


async def test_a_suite_that_fails(tmp_path: Path) -> None:
    """Each failure and each broken fixture is a finding with its place and its first line."""
    _suite(
        tmp_path,
        """
        @pytest.fixture
        def broken(): raise OSError("no server")
        def test_a(): assert 1 == 2, "position_idx lost"
        def test_b(broken): pass
        def test_c(): pass
        """,
    )
    result = await run(CHECK, _context(tmp_path))
    assert result.outcome is Outcome.FAILED
    assert [finding.message.split(": ", 1)[1] for finding in result.findings] == [
        "AssertionError: position_idx lost",
        'failed on setup with "OSError: no server"',
    ]
    assert str(result.findings[0].location) == "tests/integration/test_one.py"


async def test_what_was_skipped_is_not_covered(tmp_path: Path) -> None:
    """A skipped test lowers the coverage instead of counting as passed."""
    _suite(tmp_path, "def test_a(): pass\ndef test_b(): pytest.skip('no data')\n")
    result = await run(CHECK, _context(tmp_path))
    assert (result.outcome, result.coverage_ratio) == (Outcome.PASSED, 0.5)


@pytest.mark.parametrize(
    ("scope", "ran"), [(Scope.QUICK, "1 of 1 run, 1 c"), (Scope.FULL, "2 of 2 run, 2 c")]
)
async def test_quick_leaves_out_what_is_slow(tmp_path: Path, scope: Scope, ran: str) -> None:
    """Only the full scope runs tests that are marked slow."""
    _suite(tmp_path, "@pytest.mark.slow\ndef test_a(): pass\ndef test_b(): pass\n")
    result = await run(CHECK, _context(tmp_path, scope))
    assert result.evidence[0].measured.startswith(ran)


async def test_quick_runs_the_sample_and_full_everything(tmp_path: Path) -> None:
    """Where its files are there."""
    _suite(tmp_path, "def test_a(): pass\n")
    other = tmp_path / "tests/integration/test_other.py"
    other.write_text("def test_b(): pass\ndef test_c(): pass\n", encoding="utf-8")
    context = _context(tmp_path)
    sample = IntegrationTests(quick_tests=("tests/integration/test_one.py",), quick_budget_s=60)
    settings = msgspec.structs.replace(context.settings, integration_tests=sample)
    quick = await run(CHECK, replace(context, settings=settings))
    full = await run(CHECK, replace(context, settings=settings, scope=Scope.FULL))
    assert [each.evidence[0].measured for each in (quick, full)] == [
        "1 of 1 run, 1 collected",
        "3 of 3 run, 3 collected",
    ]


async def test_a_suite_that_is_cut_off_is_judged_by_what_ran(tmp_path: Path) -> None:
    """A test that was interrupted, and those behind it, are not covered."""
    _suite(
        tmp_path,
        """
        import os, signal, time
        def test_a(): pass
        def test_b(): os.kill(os.getpid(), signal.SIGINT); time.sleep(60)
        def test_c(): pass
        def test_d(): pass
        """,
    )
    result = await run(CHECK, _context(tmp_path))
    assert (result.outcome, result.coverage_ratio) == (Outcome.PASSED, 0.25)
    assert result.evidence[0].measured == "1 of 1 run, 4 collected"


@pytest.mark.parametrize("scope", Scope)
async def test_the_budget_ends_the_suite(tmp_path: Path, scope: Scope) -> None:
    """Quick scope takes the end of its budget as a sample; the full scope counts no half suite."""
    _suite(tmp_path, "import time\ndef test_a(): time.sleep(600)\n")
    context = _context(tmp_path, scope)
    settings = msgspec.structs.replace(
        context.settings,
        integration_tests=IntegrationTests(quick_tests=(), quick_budget_s=1),
        deadlines=Deadlines(quick_check_s=60, full_check_s=1),
    )
    context = replace(context, settings=settings, dry_run_duration_s=0)
    if scope is Scope.FULL:
        with pytest.raises(DeadlinePassed):
            await run(CHECK, context)
    else:
        assert (await run(CHECK, context)).outcome is Outcome.BLOCKED


async def test_a_suite_that_cannot_start_is_blocked(tmp_path: Path) -> None:
    """A repository whose pytest does not start proves nothing, and the reason says what it said."""
    _suite(tmp_path, "")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    result = await run(CHECK, _context(tmp_path))
    assert result.outcome is Outcome.BLOCKED
    assert "no-such-option" in result.reason


def test_a_report_without_tests_is_blocked(tmp_path: Path) -> None:
    """Nothing ran, so nothing passed."""
    report = tmp_path / "report.xml"
    report.write_text('<testsuites><testsuite name="pytest"/></testsuites>')
    result = judge_suite(CHECK, report, "", "pytest")
    assert (result.outcome, result.reason) == (Outcome.BLOCKED, "no integration test ran")
