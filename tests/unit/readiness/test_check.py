"""What cannot be true of a result cannot be constructed."""

from __future__ import annotations

import pytest

from readiness.check import (
    CheckResult,
    Evidence,
    Finding,
    FindingKind,
    Location,
    Outcome,
    Recall,
    Severity,
)

EVIDENCE = (Evidence(what="rows", measured="7"),)
FINDING = Finding(rule_id="r", severity=Severity.HIGH, message="broken", fix="mend it")
NOTE = Finding(
    rule_id="n", severity=Severity.LOW, message="seen", fix="none", kind=FindingKind.INFORMATIONAL
)


def test_passed_needs_evidence() -> None:
    """A check that shows nothing has not passed."""
    with pytest.raises(ValueError, match="PASSED needs evidence"):
        CheckResult(name="c", outcome=Outcome.PASSED, is_critical=True, coverage_ratio=1.0)


def test_passed_has_no_failing_finding() -> None:
    """A failing finding and PASSED exclude each other; a remark does not."""
    with pytest.raises(ValueError, match="PASSED needs evidence"):
        CheckResult(
            name="c",
            outcome=Outcome.PASSED,
            is_critical=True,
            evidence=EVIDENCE,
            findings=(FINDING,),
        )
    CheckResult(
        name="c", outcome=Outcome.PASSED, is_critical=True, evidence=EVIDENCE, findings=(NOTE,)
    )


def test_failed_names_what_failed() -> None:
    """FAILED without a failing finding tells nobody what to mend."""
    with pytest.raises(ValueError, match="FAILED needs"):
        CheckResult(name="c", outcome=Outcome.FAILED, is_critical=True, findings=(NOTE,))


@pytest.mark.parametrize(("reason", "coverage_ratio"), [("", 0.0), ("no server", 0.5)])
def test_blocked_has_a_reason_and_covered_nothing(reason: str, coverage_ratio: float) -> None:
    """BLOCKED says why, and claims nothing."""
    with pytest.raises(ValueError, match="BLOCKED needs"):
        CheckResult(
            name="c",
            outcome=Outcome.BLOCKED,
            is_critical=True,
            reason=reason,
            coverage_ratio=coverage_ratio,
        )


def test_coverage_is_a_ratio() -> None:
    """More than everything cannot be covered."""
    with pytest.raises(ValueError, match="ratio"):
        CheckResult(
            name="c",
            outcome=Outcome.PASSED,
            is_critical=True,
            coverage_ratio=1.1,
            evidence=EVIDENCE,
        )


def test_evidence_shows_a_value() -> None:
    """Evidence without a measured value is none."""
    with pytest.raises(ValueError, match="value"):
        Evidence(what="rows", measured=" ")


def test_a_finding_says_how_to_mend_it() -> None:
    """A finding without a fix is refused."""
    with pytest.raises(ValueError, match="fix"):
        Finding(rule_id="r", severity=Severity.LOW, message="broken", fix="")


@pytest.mark.parametrize(("caught", "seeded"), [(-1, 3), (4, 3)])
def test_a_recall_counts_what_was_seeded(caught: int, seeded: int) -> None:
    """No more defects are caught than were planted."""
    with pytest.raises(ValueError, match="seeded"):
        Recall(caught=caught, seeded=seeded)


def test_severities_sort_worst_first() -> None:
    """CRITICAL comes before LOW."""
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]


def test_a_location_reads_as_editors_know_it() -> None:
    """File and line are joined by a colon; a place without a line is its path."""
    assert str(Location(path="a.py", line=3)) == "a.py:3"
    assert str(Location(path="orders")) == "orders"
