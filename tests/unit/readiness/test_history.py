"""The comparison with the last report: new, fixed, still open, and no longer judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from readiness.check import CheckResult, Evidence, Finding, Location, Outcome, Severity
from readiness.history import compare, last_report
from readiness.report import Report, as_json, write_files
from readiness.settings import VerdictRules
from readiness.verdict import judge

RULES = VerdictRules(confidence_min_percent=80, coverage_min_ratio=0.95, recall_bound_ratio=0.95)


def finding(rule_id: str, message: str, path: str = "a.py") -> Finding:
    """A failing finding in a file."""
    return Finding(
        rule_id=rule_id,
        severity=Severity.HIGH,
        message=message,
        fix="Mend it",
        location=Location(path=path, line=len(message)),
    )


def failed(name: str, *findings: Finding) -> CheckResult:
    """A check with these findings."""
    return CheckResult(name=name, outcome=Outcome.FAILED, is_critical=True, findings=findings)


def passed(name: str) -> CheckResult:
    """A check that found nothing."""
    evidence = (Evidence(what="rows", measured="3"),)
    return CheckResult(name=name, outcome=Outcome.PASSED, is_critical=True, evidence=evidence)


def blocked(name: str) -> CheckResult:
    """A check that could not measure."""
    return CheckResult(name=name, outcome=Outcome.BLOCKED, is_critical=True, reason="it hung")


def keep(folder: Path, day: int, *results: CheckResult, system: str = "") -> None:
    """Write the report of a run that ended on this day."""
    folder.mkdir(parents=True)
    ended_at = datetime(2026, 1, day, tzinfo=UTC)
    report = Report(
        scope="full",
        started_at=ended_at,
        ended_at=ended_at,
        environment={},
        verdict=judge(results, RULES),
        results=results,
        performance={},
        system=system,
    )
    write_files({"report.json": as_json(report)}, folder)


def test_issues_are_sorted_by_what_became_of_them(tmp_path: Path) -> None:
    """New, fixed and still open; an issue whose numbers or line changed is the same one."""
    keep(tmp_path / "one", 1, failed("Code", finding("D01", "lost 3"), finding("D05", "sleeps")))
    earlier = last_report(tmp_path)
    assert earlier is not None
    now = failed("Code", finding("D01", "lost 41"), finding("D06", "waits"))
    history = compare(earlier, (now,))
    assert history.still_open == ("Code: lost 41",)
    assert history.new == ("Code: waits",)
    assert history.fixed == ("Code: sleeps",)
    assert history.undecided == ()
    assert history.since == "2026-01-01T00:00:00+00:00"


def test_a_blocked_check_proves_nothing_fixed(tmp_path: Path) -> None:
    """What it found before is undecided, and that it cannot judge is new."""
    keep(tmp_path / "one", 1, failed("Code", finding("D05", "sleeps")))
    earlier = last_report(tmp_path)
    assert earlier is not None
    history = compare(earlier, (blocked("Code"),))
    assert (history.fixed, history.undecided) == ((), ("Code: sleeps",))
    assert history.new == ("Code could not be judged",)


def test_checks_that_were_not_run_both_times_are_left_out(tmp_path: Path) -> None:
    """A partial run fixes nothing of what it did not look at, and finds nothing new there."""
    keep(tmp_path / "one", 1, failed("Code", finding("D05", "sleeps")), passed("Data"))
    earlier = last_report(tmp_path)
    assert earlier is not None
    history = compare(earlier, (passed("Data"), failed("Risk", finding("R1", "no limit"))))
    assert (history.new, history.fixed, history.still_open, history.undecided) == ((), (), (), ())


def test_a_check_that_can_judge_again_is_fixed(tmp_path: Path) -> None:
    """BLOCKED is an issue that ends when the check measures."""
    keep(tmp_path / "one", 1, blocked("Code"))
    earlier = last_report(tmp_path)
    assert earlier is not None
    assert compare(earlier, (passed("Code"),)).fixed == ("Code could not be judged",)


def test_the_report_that_ended_last_is_taken(tmp_path: Path) -> None:
    """Neither the order of writing nor the names of folders decide."""
    keep(tmp_path / "b", 9, passed("Data"))
    keep(tmp_path / "a", 3, passed("Code"))
    earlier = last_report(tmp_path, tmp_path / "nowhere")
    assert earlier is not None
    assert (earlier.folder.name, list(earlier.outcomes)) == ("b", ["Data"])


def test_only_reports_of_the_same_system_are_compared(tmp_path: Path) -> None:
    """What was found in somebody's own system is neither new nor fixed in another."""
    keep(tmp_path / "bundled", 1, passed("Code"))
    keep(tmp_path / "own", 2, passed("Code"), system="/home/me/readiness.yaml")
    bundled, own = last_report(tmp_path), last_report(tmp_path, system="/home/me/readiness.yaml")
    assert bundled is not None
    assert own is not None
    assert (bundled.folder.name, own.folder.name) == ("bundled", "own")
    assert last_report(tmp_path, system="/another.yaml") is None


def test_what_is_no_report_is_passed_over(tmp_path: Path) -> None:
    """Broken files, other formats and other versions say nothing."""
    for name, text in {
        "broken": "{",
        "stranger": '{"format": "other"}',
        "list": "[]",
        "binary": "\0",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(text)
    assert last_report(tmp_path) is None
    keep(tmp_path / "kept", 1, passed("Code"))
    file = tmp_path / "kept/report.json"
    file.write_text(file.read_text("utf-8").replace('"version": 1', '"version": 2'), "utf-8")
    assert last_report(tmp_path) is None


def test_the_same_report_again_changes_nothing(tmp_path: Path) -> None:
    """Everything is still open when nothing was mended."""
    result = failed("Code", finding("D01", "lost"), finding("D01", "lost", path="b.py"))
    keep(tmp_path / "one", 1, result)
    earlier = last_report(tmp_path)
    assert earlier is not None
    history = compare(earlier, (replace(result, duration_s=9.0),))
    assert (history.new, history.fixed, len(history.still_open)) == ((), (), 2)
