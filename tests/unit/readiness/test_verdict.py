"""The verdict's rules: losing evidence never helps, and the confidence is computed."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.check import CheckResult, Evidence, Finding, FindingKind, Outcome, Recall, Severity
from readiness.settings import VerdictRules
from readiness.verdict import Kept, Status, judge, open_findings, recall_lower_bound

RULES = VerdictRules(confidence_min_percent=80, coverage_min_ratio=0.95, recall_bound_ratio=0.95)
GOOD = Recall(caught=60, seeded=60)


def passed(
    name: str = "a", *, critical: bool = True, coverage: float = 1.0, recall: Recall | None = GOOD
) -> CheckResult:
    """A check that passed, with all that READY asks for."""
    return CheckResult(
        name=name,
        outcome=Outcome.PASSED,
        is_critical=critical,
        coverage_ratio=coverage,
        recall=recall,
        evidence=(Evidence(what="rows", measured="7"),),
    )


def failed(
    severity: Severity, name: str = "b", *, critical: bool = True, recall: Recall | None = GOOD
) -> CheckResult:
    """A check that failed by one finding."""
    found = Finding(rule_id="r", severity=severity, message="broken", fix=f"mend {name}")
    return CheckResult(
        name=name,
        outcome=Outcome.FAILED,
        is_critical=critical,
        coverage_ratio=1.0,
        recall=recall,
        findings=(found,),
    )


def blocked(name: str = "c", *, critical: bool = True) -> CheckResult:
    """A check that could not measure."""
    return CheckResult(
        name=name, outcome=Outcome.BLOCKED, is_critical=critical, reason="no server\nand a trace"
    )


def test_ready_needs_everything() -> None:
    """All critical checks passed, covered and of known power: READY, low risk, no issue."""
    verdict = judge([passed(), passed("p", critical=False, recall=None)], RULES)
    assert (verdict.status, verdict.risk) == (Status.READY, Severity.LOW)
    assert verdict.critical_issues == verdict.other_issues == ()
    assert verdict.confidence.percent == 95  # 0.05 ** (1 / 60) = 0.951


@pytest.mark.parametrize("bad", [blocked(), failed(Severity.LOW)])
def test_a_critical_check_that_did_not_pass_means_not_ready(bad: CheckResult) -> None:
    """Failed or not measured is the same to whoever signs."""
    assert judge([passed(), bad], RULES).status is Status.NOT_READY


@pytest.mark.parametrize("bad", [blocked(critical=False), failed(Severity.MEDIUM, critical=False)])
def test_a_smaller_check_that_did_not_pass_needs_fixes(bad: CheckResult) -> None:
    """What is not critical does not stop everything, but it is not READY either."""
    assert judge([passed(), bad], RULES).status is Status.NEEDS_FIXES


@pytest.mark.parametrize(
    "weak",
    [
        passed(coverage=0.94),
        passed(recall=None),
        passed(recall=Recall(caught=10, seeded=20)),
    ],
)
def test_weak_evidence_needs_fixes(weak: CheckResult) -> None:
    """A pass that looked at too little, or whose power is small or unknown, is not READY."""
    assert judge([weak], RULES).status is Status.NEEDS_FIXES


def test_too_little_coverage_is_an_issue_with_its_numbers() -> None:
    """Whoever signs reads why it is not READY, and no number is rounded up to what is demanded."""
    (issue,) = judge([passed(coverage=0.9499)], RULES).critical_issues
    assert issue.issue == "a looked at 94 % of what there is, and 95 % are demanded"
    assert issue.severity is Severity.HIGH
    assert issue.fix == (
        "a: See in its evidence what was left out; a quick run samples, so run the full"
        " verification"
    )
    assert judge([passed(coverage=0.95)], RULES).critical_issues == ()
    other = judge([passed(), passed("b", critical=False, coverage=0.1)], RULES)
    assert (other.status, other.critical_issues) == (Status.READY, ())


def test_a_grave_doubt_needs_fixes() -> None:
    """A check may pass with something undecided; as long as that is grave, it is not READY."""
    doubt = Finding(
        rule_id="r", severity=Severity.HIGH, message="unclear", fix="look", kind=FindingKind.OPEN
    )
    verdict = judge([replace(passed(), findings=(doubt,))], RULES)
    assert (verdict.status, verdict.risk) == (Status.NEEDS_FIXES, Severity.HIGH)
    small = replace(doubt, severity=Severity.LOW)
    assert judge([replace(passed(), findings=(small,))], RULES).status is Status.READY


def test_nothing_looked_at_is_not_ready() -> None:
    """A run without a critical check proves nothing."""
    verdict = judge([passed(critical=False)], RULES)
    assert verdict.status is Status.NOT_READY
    assert verdict.confidence.percent == 0


def test_what_was_measured_before_counts_where_this_run_measured_nothing() -> None:
    """With who measured it."""
    kept = {"a": Kept(recall=Recall(caught=30, seeded=30), source="by `make mutants`")}
    confidence = judge([passed(recall=None)], RULES, kept).confidence
    assert confidence.percent == 90  # 0.05 ** (1 / 30) = 0.905
    said = "30 of 30 seeded defects (at least 90%), by `make mutants`"
    assert confidence.powers[0].why.endswith(said)


def test_of_two_powers_the_lower_one_counts() -> None:
    """A check is worth what it sees of the harder defects, measured in this run or before it."""
    kept = {"a": Kept(recall=Recall(caught=30, seeded=30), source="by `make mutants`")}
    poor = judge([passed(recall=Recall(caught=10, seeded=20))], RULES, kept).confidence
    assert poor.percent == 30
    assert poor.powers[0].why.endswith("in this run")
    good = judge([passed(recall=Recall(caught=300, seeded=300))], RULES, kept).confidence
    assert good.percent == 90
    assert good.powers[0].why.endswith("by `make mutants`")


def test_the_power_of_this_run_counts_where_the_earlier_one_is_of_other_source() -> None:
    """What is not known of the present check takes nothing from what is."""
    kept = {"a": Kept(recall=None, source="measured on other source")}
    own = judge([passed(recall=Recall(caught=30, seeded=30))], RULES, kept).confidence
    assert own.percent == 90


def test_a_measurement_of_other_source_counts_as_zero() -> None:
    """And the reason is told."""
    kept = {"a": Kept(recall=None, source="measured on other source")}
    confidence = judge([passed(recall=None)], RULES, kept).confidence
    assert (confidence.percent, confidence.held_down_by) == (0, ("a: measured on other source",))


def test_unmeasured_power_counts_as_zero_and_is_named() -> None:
    """The confidence is the minimum, and the report says which checks hold it there."""
    confidence = judge([passed("a"), passed("b", recall=None), blocked("c")], RULES).confidence
    assert confidence.percent == 0
    assert confidence.held_down_by == (
        "b: its power to find defects is not measured",
        "c: could not measure",
    )


def test_confidence_is_coverage_times_the_bound_of_recall() -> None:
    """Half the coverage halves the confidence."""
    assert judge([passed(coverage=0.5)], RULES).confidence.percent == 47


def test_issues_are_split_and_sorted_by_severity() -> None:
    """CRITICAL and HIGH are critical issues, worst first; a blocked check is one of them."""
    verdict = judge(
        [
            failed(Severity.LOW, "low"),
            failed(Severity.HIGH, "high"),
            blocked("gone"),
            blocked("small", critical=False),
        ],
        RULES,
    )
    assert verdict.risk is Severity.CRITICAL
    assert [(issue.severity, issue.issue) for issue in verdict.critical_issues] == [
        (Severity.CRITICAL, "gone could not be judged: no server"),
        (Severity.HIGH, "small could not be judged: no server"),
        (Severity.HIGH, "high: broken"),
    ]
    assert [issue.fix for issue in verdict.other_issues] == ["mend low"]


def test_what_kept_a_check_from_judging_is_an_issue_with_its_remedy() -> None:
    """Also beside findings of its own; in a check that passed it is none."""
    half = replace(failed(Severity.LOW), reason="the bot died\nand a trace")
    issues = judge([half, replace(blocked(), remedy="wait longer")], RULES).critical_issues
    assert [(one.issue, one.severity, one.fix) for one in issues] == [
        ("c could not be judged: no server", Severity.CRITICAL, "c: wait longer"),
        (
            "b was judged in part: the bot died",
            Severity.HIGH,
            "b: Mend what the reason names, and verify again; do not trade until then",
        ),
    ]
    assert judge([replace(passed(), reason="one place was left out")], RULES).critical_issues == ()


def test_remarks_are_not_issues() -> None:
    """An informational finding breaks nothing; an undecided one stays open."""
    remark, undecided = (
        Finding(rule_id="r", severity=Severity.HIGH, message=kind, fix="look", kind=kind)
        for kind in (FindingKind.INFORMATIONAL, FindingKind.OPEN)
    )
    result = CheckResult(
        name="a",
        outcome=Outcome.PASSED,
        is_critical=True,
        evidence=(Evidence(what="rows", measured="7"),),
        findings=(remark, undecided),
    )
    assert open_findings(result) == (undecided,)


@pytest.mark.parametrize(
    ("caught", "seeded", "bound"),
    [
        (59, 59, 0.9505),  # The rule of three: 59 clean trials give 95 % at 95 % confidence.
        (10, 10, 0.7411),
        (44, 44, 0.9342),
        (42, 44, 0.8637),
        (0, 10, 0.0),
        (0, 0, 0.0),
    ],
)
def test_the_bound_agrees_with_published_values(caught: int, seeded: int, bound: float) -> None:
    """The Clopper-Pearson bound, against the closed form and tables of the beta quantile."""
    assert recall_lower_bound(Recall(caught=caught, seeded=seeded), 0.95) == pytest.approx(
        bound, abs=5e-5
    )


@given(st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_the_bound_is_cautious_and_exact(pair: tuple[int, int]) -> None:
    """At the bound, catching at least so many has a probability of five in a hundred."""
    caught, seeded = pair
    bound = recall_lower_bound(Recall(caught=caught, seeded=seeded), 0.95)
    assert 0 < bound < caught / seeded
    tail = sum(
        math.comb(seeded, k) * bound**k * (1 - bound) ** (seeded - k)
        for k in range(caught, seeded + 1)
    )
    assert tail == pytest.approx(0.05, rel=1e-6)


@given(
    st.lists(
        st.sampled_from(
            [
                passed("p"),
                passed("q", critical=False),
                passed("w", recall=None),
                failed(Severity.HIGH),
                failed(Severity.LOW, critical=False),
                blocked(),
                blocked("d", critical=False),
            ]
        ),
        min_size=1,
        max_size=6,
    )
)
def test_losing_evidence_never_improves_the_verdict(results: list[CheckResult]) -> None:
    """Turning any check into BLOCKED leaves status, risk and confidence no better than before."""
    before = judge(results, RULES)
    for place, result in enumerate(results):
        lost = [*results]
        lost[place] = blocked(result.name, critical=result.is_critical)
        after = judge(lost, RULES)
        assert after.status.exit_code >= before.status.exit_code
        assert after.confidence.percent <= before.confidence.percent
        assert after.risk.rank <= before.risk.rank
