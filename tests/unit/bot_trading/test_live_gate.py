"""The door to real money opens for the last full report alone, and only for what it verified."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot_trading.errors import LaunchError
from bot_trading.live_gate import prove_ready
from readiness.check import CheckResult, Evidence, Outcome, Recall
from readiness.history import FORMAT, FORMAT_VERSION
from readiness.report import Report, as_json
from readiness.settings import read_settings
from readiness.verdict import judge

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RELEASE = {"code": "c1", "configuration": "f1", "model": "m1", "schema": "s1"}
WEEK = timedelta(days=7)


def _report(folder: Path, name: str, **changed: Any) -> Path:
    """A report that opens the door, but for what is changed."""
    file = folder / name / "report.json"
    file.parent.mkdir(parents=True)
    document = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "scope": "full",
        "ended_at": (NOW - timedelta(hours=2)).isoformat(),
        "verdict": {"status": "READY", "risk": "LOW"},
        "system": "",
        "release": RELEASE,
    }
    file.write_text(json.dumps(document | changed), encoding="utf-8")
    return file


def _refused(folder: Path) -> str:
    with pytest.raises(LaunchError) as caught:
        prove_ready(folder, RELEASE, NOW, WEEK)
    return str(caught.value)


def test_a_ready_report_of_what_starts_opens(tmp_path: Path) -> None:
    """By the folder of reports or by the report itself, and the sentence names it."""
    file = _report(tmp_path, "one")
    assert prove_ready(tmp_path, RELEASE, NOW, WEEK) == f"READY by {file}, 2.0 hours ago"
    assert prove_ready(file, RELEASE, NOW, WEEK) == f"READY by {file}, 2.0 hours ago"


@pytest.mark.parametrize("status", ["NEEDS_FIXES", "NOT_READY"])
def test_another_verdict_opens_nothing(tmp_path: Path, status: str) -> None:
    """The newest full report decides: an older and kinder one is no way around it."""
    old = NOW - timedelta(days=2)
    _report(tmp_path, "z-older", ended_at=old.isoformat())
    _report(tmp_path, "a-newer", verdict={"status": status})
    assert f"a-newer/report.json, ended {status}" in _refused(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"scope": "quick"},
        {"scope": "partial"},
        {"system": "/home/user/readiness.yaml"},
        {"format": "another"},
        {"version": FORMAT_VERSION + 1},
        {"verdict": "READY"},
    ],
)
def test_what_is_no_full_report_of_this_system_is_none(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    """A sample, a part, another system, and another format."""
    _report(tmp_path, "one", **changed)
    assert "no full report of this system" in _refused(tmp_path)


@pytest.mark.parametrize(
    ("age", "is_open"),
    [
        (timedelta(0), True),
        (WEEK, True),
        (WEEK + timedelta(seconds=1), False),
        (timedelta(seconds=-1), False),
    ],
)
def test_a_report_is_good_for_a_time(tmp_path: Path, age: timedelta, *, is_open: bool) -> None:
    """Up to its age, and one from the future was written by a wrong clock."""
    _report(tmp_path, "one", ended_at=(NOW - age).isoformat())
    if is_open:
        assert prove_ready(tmp_path, RELEASE, NOW, WEEK)
    else:
        assert "may be 168 hours old (live.report_age_max_s)" in _refused(tmp_path)


@pytest.mark.parametrize("part", sorted(RELEASE))
def test_what_changed_since_opens_nothing(tmp_path: Path, part: str) -> None:
    """Each part is named that differs, or that the report does not know."""
    file = _report(tmp_path, "one", release=RELEASE | {part: "x"})
    assert f"{part} differ from what {file} verified" in _refused(tmp_path)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"release": {}}))
    assert "code and configuration and model and schema differ" in _refused(tmp_path)


def test_without_a_report_the_next_step_is_said(tmp_path: Path) -> None:
    """An empty folder, one that is not there, and a file that is no report."""
    (tmp_path / "none.json").write_text("{")
    for place in (tmp_path, tmp_path / "gone", tmp_path / "none.json"):
        assert "run ./run_migration_verification.sh" in _refused(place)


def test_the_report_that_the_verifier_writes_is_the_one_that_is_read(tmp_path: Path) -> None:
    """One format: a report of a clean system opens the door, and the same of a sample does not."""
    results = (
        CheckResult(
            name="Data Integrity",
            outcome=Outcome.PASSED,
            is_critical=True,
            coverage_ratio=1.0,
            evidence=(Evidence(what="rows", measured="60"),),
            recall=Recall(caught=60, seeded=60),
        ),
    )
    report = Report(
        scope="full",
        started_at=NOW - timedelta(hours=3),
        ended_at=NOW - timedelta(hours=2),
        environment={},
        verdict=judge(results, read_settings(ROOT / "config/readiness.yaml").verdict),
        results=results,
        performance={},
        release=RELEASE,
    )
    file = tmp_path / "one" / "report.json"
    file.parent.mkdir()
    file.write_text(as_json(report), encoding="utf-8")
    assert "2.0 hours ago" in prove_ready(tmp_path, RELEASE, NOW, WEEK)
    file.write_text(as_json(replace(report, scope="quick")), encoding="utf-8")
    assert "no full report" in _refused(tmp_path)
