"""From results to a verdict: fit to trade or not, at what risk, and how far that can be believed.

Losing evidence can only make the verdict worse: a check that could not measure counts as zero
confidence, and a critical one alone makes the system NOT_READY.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from readiness.check import CheckResult, Finding, FindingKind, Outcome, Recall, Severity
from readiness.settings import VerdictRules

__all__ = [
    "Confidence",
    "Issue",
    "Kept",
    "Power",
    "Status",
    "Verdict",
    "judge",
    "open_findings",
    "recall_lower_bound",
]


class Status(StrEnum):
    """The answer; its exit code is 0, 1, 2 in this order."""

    READY = "READY"
    NEEDS_FIXES = "NEEDS_FIXES"
    NOT_READY = "NOT_READY"

    @property
    def exit_code(self) -> int:
        """What a door ends with; 3 is left for "could not run"."""
        return list(Status).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One thing to mend, in the words of the report."""

    issue: str
    severity: Severity
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A recall measured before this run, and by what; None where `source` says why not."""

    recall: Recall | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What one critical check adds: coverage × lower bound of its recall, 0 to 1, and why."""

    check: str
    ratio: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """The share of defects that would have been seen, 0 to 100, and what keeps it there."""

    percent: int
    held_down_by: tuple[str, ...]
    powers: tuple[Power, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The whole answer, with its reasons; issues come worst first."""

    status: Status
    risk: Severity
    confidence: Confidence
    critical_issues: tuple[Issue, ...]
    other_issues: tuple[Issue, ...]


def judge(
    results: Sequence[CheckResult],
    rules: VerdictRules,
    kept: Mapping[str, Kept] = MappingProxyType({}),
) -> Verdict:
    """The verdict over the results of one run; `kept` is the power that was measured before.

    NOT_READY: a critical check failed or could not measure. NEEDS_FIXES: something smaller did, a
    grave doubt is open, or the evidence does not reach the demanded coverage and confidence.
    READY: nothing of these.
    """
    confidence = _confidence(results, rules, kept)
    issues = sorted(_issues(results, rules), key=lambda issue: issue.severity.rank)
    grave = [issue for issue in issues if issue.severity in (Severity.CRITICAL, Severity.HIGH)]
    critical = [result for result in results if result.is_critical]
    if not critical or any(result.outcome is not Outcome.PASSED for result in critical):
        status = Status.NOT_READY
    elif (
        grave
        or any(result.outcome is not Outcome.PASSED for result in results)
        or any(result.coverage_ratio < rules.coverage_min_ratio for result in critical)
        or confidence.percent < rules.confidence_min_percent
    ):
        status = Status.NEEDS_FIXES
    else:
        status = Status.READY
    return Verdict(
        status=status,
        risk=issues[0].severity if issues else Severity.LOW,
        confidence=confidence,
        critical_issues=tuple(grave),
        other_issues=tuple(issue for issue in issues if issue not in grave),
    )


def recall_lower_bound(recall: Recall, bound_ratio: float) -> float:
    """The one-sided Clopper-Pearson lower bound of a recall, 0 to 1.

    The smallest true recall under which catching at least this many of the seeded defects still
    happens with probability 1 - `bound_ratio`; found by bisection on the binomial tail
    (C. J. Clopper, E. S. Pearson, 1934).
    """
    if recall.caught == 0:
        return 0.0
    low, high = 0.0, recall.caught / recall.seeded
    for _ in range(60):
        middle = (low + high) / 2
        if _tail(recall, middle) > 1 - bound_ratio:
            high = middle
        else:
            low = middle
    return low


def open_findings(result: CheckResult) -> tuple[Finding, ...]:
    """What a check reports as broken or undecided."""
    return tuple(found for found in result.findings if found.kind is not FindingKind.INFORMATIONAL)


def _tail(recall: Recall, true_recall: float) -> float:
    """Probability to catch at least so many, were the true recall this."""
    return math.fsum(
        math.comb(recall.seeded, caught)
        * true_recall**caught
        * (1 - true_recall) ** (recall.seeded - caught)
        for caught in range(recall.caught, recall.seeded + 1)
    )


def _confidence(
    results: Sequence[CheckResult], rules: VerdictRules, kept: Mapping[str, Kept]
) -> Confidence:
    """Minimum over the critical checks of coverage × lower bound of recall, and who sets it."""
    powers = tuple(
        _power(result, rules.recall_bound_ratio, kept.get(result.name))
        for result in results
        if result.is_critical
    )
    if not powers:
        return Confidence(percent=0, held_down_by=("no critical check was run",))
    lowest = min(power.ratio for power in powers)
    return Confidence(
        percent=math.floor(lowest * 100),
        held_down_by=tuple(
            f"{power.check}: {power.why}" for power in powers if power.ratio == lowest
        ),
        powers=powers,
    )


def _power(result: CheckResult, bound_ratio: float, kept: Kept | None) -> Power:
    """What one check adds to the confidence, and how that came about.

    Where power was measured in this run and before it, on other defects, the lower one counts: a
    check is no better than at what it sees least of.
    """
    if result.outcome is Outcome.BLOCKED:
        return Power(check=result.name, ratio=0.0, why="could not measure")
    earlier = [(kept.recall, kept.source)] if kept is not None and kept.recall is not None else []
    measured = [(result.recall, "in this run")] if result.recall is not None else []
    powers = [
        (recall_lower_bound(recall, bound_ratio), recall, source)
        for recall, source in (*measured, *earlier)
    ]
    if not powers:
        why = "its power to find defects is not measured" if kept is None else kept.source
        return Power(check=result.name, ratio=0.0, why=why)
    bound, recall, source = min(powers, key=lambda power: power[0])
    why = (
        f"coverage {result.coverage_ratio:.0%}, caught {recall.caught} of "
        f"{recall.seeded} seeded defects (at least {bound:.0%}), {source}"
    )
    return Power(check=result.name, ratio=result.coverage_ratio * bound, why=why)


def _issues(results: Sequence[CheckResult], rules: VerdictRules) -> list[Issue]:
    """Every check that could not judge, or only in part, and every open finding, to be mended."""
    issues = [
        _unjudged(result)
        for result in results
        if result.reason and result.outcome is not Outcome.PASSED
    ]
    issues += [
        _uncovered(result, rules.coverage_min_ratio)
        for result in results
        if result.is_critical
        and result.outcome is Outcome.PASSED
        and result.coverage_ratio < rules.coverage_min_ratio
    ]
    for result in results:
        for found in open_findings(result):
            where = f" ({found.location})" if found.location else ""
            issues.append(
                Issue(
                    issue=f"{result.name}: {found.message}{where}",
                    severity=found.severity,
                    fix=found.fix,
                )
            )
    return issues


def _unjudged(result: CheckResult) -> Issue:
    """What kept a check from judging; beside a verdict of its own, only in part."""
    is_blocked = result.outcome is Outcome.BLOCKED
    how = "could not be judged" if is_blocked else "was judged in part"
    usual = "Mend what the reason names, and verify again; do not trade until then"
    return Issue(
        issue=f"{result.name} {how}: {result.reason.splitlines()[0]}",
        severity=Severity.CRITICAL if result.is_critical and is_blocked else Severity.HIGH,
        fix=f"{result.name}: {result.remedy or usual}",
    )


def _uncovered(result: CheckResult, demanded_ratio: float) -> Issue:
    """A critical check that passed on too little of what there is."""
    return Issue(
        issue=f"{result.name} looked at {_floored(result.coverage_ratio)} of what there is, and"
        f" {_floored(demanded_ratio)} are demanded",
        severity=Severity.HIGH,
        fix=f"{result.name}: See in its evidence what was left out; a quick run samples, so run the"
        " full verification",
    )


def _floored(ratio: float) -> str:
    """Whole percents, never rounded up to what is demanded."""
    return f"{math.floor(ratio * 100 + 1e-9)} %"
