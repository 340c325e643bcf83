"""The report: the user's YAML to the letter, and JSON that holds everything."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import yaml

from readiness.check import CheckResult, Evidence, Finding, Location, Outcome, Severity
from readiness.history import FORMAT_VERSION, Comparison
from readiness.report import Report, as_json, as_yaml, usable_folder, write_files
from readiness.settings import VerdictRules
from readiness.verdict import judge

RULES = VerdictRules(confidence_min_percent=80, coverage_min_ratio=0.95, recall_bound_ratio=0.95)
RESULTS = (
    CheckResult(
        name="Dry Run",
        outcome=Outcome.FAILED,
        is_critical=True,
        duration_s=2.5,
        coverage_ratio=1.0,
        findings=(
            Finding(
                rule_id="no-stop",
                severity=Severity.CRITICAL,
                message="Position index handling broken: “0”",
                fix="Update order creation logic",
                location=Location(path="a.py", line=3),
            ),
            Finding(rule_id="slow", severity=Severity.LOW, message="slow", fix="Profile the start"),
        ),
    ),
    CheckResult(
        name="Performance",
        outcome=Outcome.BLOCKED,
        is_critical=False,
        reason="this check is not built yet\ntrace",
    ),
    CheckResult(
        name="Database Schema",
        outcome=Outcome.PASSED,
        is_critical=True,
        coverage_ratio=1.0,
        evidence=(Evidence(what="tables", measured="12", limit="12", source="catalogue"),),
    ),
)
REPORT = Report(
    scope="full",
    started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    ended_at=datetime(2026, 1, 2, 3, 9, 5, tzinfo=UTC),
    environment={"python": "3.11.7"},
    verdict=judge(RESULTS, RULES),
    results=RESULTS,
    performance={"signal_latency": {"v2": "100ms", "v3": "45ms", "improvement": "55%"}},
)


def test_the_yaml_is_the_users_format() -> None:
    """The user's keys come first, in the user's order, with the user's kinds of values."""
    text = as_yaml(REPORT)
    document = yaml.safe_load(text)
    assert list(document)[:6] == [
        "migration_status",
        "risk_level",
        "confidence",
        "critical_issues",
        "performance_comparison",
        "recommendations",
    ]
    assert text.startswith("migration_status: NOT_READY\nrisk_level: CRITICAL\nconfidence: 0%\n")
    assert document["critical_issues"][0] == {
        "issue": "Dry Run: Position index handling broken: “0” (a.py:3)",
        "severity": "CRITICAL",
        "fix": "Update order creation logic",
    }
    assert document["performance_comparison"]["signal_latency"]["improvement"] == "55%"
    assert document["recommendations"] == {
        "immediate": [
            "Update order creation logic",
            "Performance: Mend what the reason names, and verify again; do not trade until then",
        ],
        "before_production": ["Profile the start"],
    }


def test_our_own_keys_follow() -> None:
    """Scope, what holds the confidence down, and one line per check."""
    document = yaml.safe_load(as_yaml(REPORT))
    assert list(document)[6:] == ["scope", "confidence_held_down_by", "checks"]
    assert document["checks"] == {
        "Dry Run": "FAILED in 2.5 s: 2 findings",
        "Performance": "BLOCKED in 0.0 s: this check is not built yet",
        "Database Schema": "PASSED in 0.0 s: 1 measured values",
    }


def test_what_was_not_measured_is_not_made_up() -> None:
    """Without a measurement the comparison says so, in the user's shape."""
    document = yaml.safe_load(as_yaml(replace(REPORT, performance={})))
    assert document["performance_comparison"] == {
        "signal_latency": dict.fromkeys(("v2", "v3", "improvement"), "not measured")
    }


def test_less_than_a_full_run_says_that_it_unlocks_nothing() -> None:
    """A quick report recommends the full run before production."""
    document = yaml.safe_load(as_yaml(replace(REPORT, scope="quick")))
    assert "full verification" in document["recommendations"]["before_production"][-1]
    assert document["scope"] == "quick"


def test_the_json_holds_everything_under_a_version() -> None:
    """Traces, evidence, limits and sources are all there for machines."""
    document = json.loads(as_json(REPORT))
    assert (document["format"], document["version"]) == ("bot-trading-readiness", FORMAT_VERSION)
    assert document["started_at"] == "2026-01-02T03:04:05+00:00"
    assert document["verdict"]["status"] == "NOT_READY"
    assert document["results"][1]["reason"] == "this check is not built yet\ntrace"
    assert document["results"][2]["evidence"][0]["source"] == "catalogue"
    assert document["results"][0]["findings"][0]["location"]["line"] == 3


def test_files_are_written_whole(tmp_path: Path) -> None:
    """Files appear complete, a second run replaces them, and nothing else stays."""
    for scope in ("full", "quick"):
        report = replace(REPORT, scope=scope)
        write_files({"a.yaml": as_yaml(report), "a.json": as_json(report)}, tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.json", "a.yaml"]
    assert yaml.safe_load((tmp_path / "a.yaml").read_text("utf-8"))["scope"] == "quick"


def test_what_changed_since_the_last_report_is_told() -> None:
    """New and fixed issues are named; what is still open is counted, as it stands above."""
    history = Comparison(
        since="2026-01-01T00:00:00+00:00",
        folder="reports/one",
        new=("Code: a",),
        fixed=("Code: b",),
        still_open=("Code: c", "Code: d"),
        undecided=(),
    )
    document = yaml.safe_load(as_yaml(replace(REPORT, history=history)))
    assert document["since_last_report"] == {
        "ended_at": "2026-01-01T00:00:00+00:00",
        "new": ["Code: a"],
        "fixed": ["Code: b"],
        "still_open": 2,
        "undecided": [],
    }


def test_a_folder_that_cannot_be_written_to_hides_no_report(tmp_path: Path) -> None:
    """Another one is taken, and the sentence names both; a good one is made and taken."""
    assert usable_folder(tmp_path / "a/b", may_exist=False) == (tmp_path / "a/b", "")
    assert usable_folder(tmp_path / "a/b", may_exist=True) == (tmp_path / "a/b", "")
    (tmp_path / "taken").write_text("a file")
    for place, may_exist in (("a/b", False), ("taken", True), ("taken/below", True)):
        folder, problem = usable_folder(tmp_path / place, may_exist=may_exist)
        assert f"{tmp_path / place} cannot be written to" in problem
        assert problem.endswith(str(folder))
        assert list(folder.iterdir()) == []
        folder.rmdir()
