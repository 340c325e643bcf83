"""The report for other machines: every finding and every blocked check reaches them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

from readiness.check import CheckResult, Evidence, Finding, Location, Outcome, Severity
from readiness.machine_formats import as_junit, as_sarif
from readiness.report import Report
from readiness.settings import VerdictRules
from readiness.verdict import judge

RULES = VerdictRules(confidence_min_percent=80, coverage_min_ratio=0.95, recall_bound_ratio=0.95)
LEG = Finding(
    rule_id="T01",
    severity=Severity.CRITICAL,
    message="position_idx is 0 & <wrong>\0\x1b",
    fix="Name the leg",
    location=Location(path="a b.py", line=3),
)
RESULTS = (
    CheckResult(
        name="Code",
        outcome=Outcome.FAILED,
        is_critical=True,
        duration_s=2.5,
        coverage_ratio=1.0,
        findings=(LEG, LEG),
    ),
    CheckResult(
        name="Dry Run",
        outcome=Outcome.BLOCKED,
        is_critical=True,
        reason="it hung\nTraceback",
    ),
    CheckResult(
        name="Data",
        outcome=Outcome.PASSED,
        is_critical=True,
        evidence=(Evidence(what="rows", measured="12", limit="12"),),
    ),
)
REPORT = Report(
    scope="full",
    started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    ended_at=datetime(2026, 1, 2, 3, 4, 7, tzinfo=UTC),
    environment={},
    verdict=judge(RESULTS, RULES),
    results=RESULTS,
    performance={},
)


def test_sarif_holds_every_finding_with_its_own_mark() -> None:
    """Two findings that read the same stay two, each with rule, place and check."""
    (run,) = json.loads(as_sarif(REPORT))["runs"]
    first, second = run["results"]
    assert first["partialFingerprints"] != second["partialFingerprints"]
    assert first["properties"]["check"] == "Code"
    (place,) = first["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b.py"},
        "region": {"startLine": 3, "endLine": 3},
    }
    assert run["tool"]["driver"]["rules"] == [{"id": "T01"}]
    assert run["properties"]["verdict"] == "NOT_READY"


def test_sarif_says_what_could_not_be_judged() -> None:
    """A blocked check makes the run unsuccessful, with the reason."""
    (run,) = json.loads(as_sarif(REPORT))["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (said,) = invocation["toolExecutionNotifications"]
    assert said["message"]["text"].startswith("Dry Run could not be judged: it hung")


def test_junit_tells_failures_from_errors() -> None:
    """A failed check is a failure, a blocked one an error, and both count."""
    suite = ElementTree.fromstring(as_junit(REPORT))[0]  # noqa: S314
    assert [suite.get(key) for key in ("tests", "failures", "errors", "time")] == [
        *("3", "1", "1", "2.000"),
    ]
    code, dry_run, data = suite
    failure = code.find("failure")
    assert failure is not None
    assert failure.get("message") == "2 findings"
    assert "T01 a b.py:3 position_idx is 0 & <wrong>" in (failure.text or "")
    error = dry_run.find("error")
    assert error is not None
    assert error.text == "it hung\nTraceback"
    assert data.find("failure") is None
    assert data.find("error") is None
    assert data.findtext("system-out") == "rows: 12 (limit: 12)"


def test_a_run_without_findings_is_a_successful_run() -> None:
    """Nothing is invented where everything passed."""
    calm = replace(REPORT, results=RESULTS[2:], verdict=judge(RESULTS[2:], RULES))
    (run,) = json.loads(as_sarif(calm))["runs"]
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True
