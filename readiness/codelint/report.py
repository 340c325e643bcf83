"""What a person or a program reads of an analysis: a table, or JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from readiness.check import Finding, Location, Severity
from readiness.codelint.analysis import Analysis
from readiness.codelint.score import Score

__all__ = ["analysis_text", "score_text", "to_json"]

_SHOWN_MAX = 200


def to_json(analysis: Analysis, findings: Sequence[Finding]) -> dict[str, Any]:
    """The analysis as plain values; `version` changes when the shape does."""
    return {
        "version": 1,
        "lines": analysis.lines,
        "coverage_ratio": round(analysis.coverage_ratio, 6),
        "findings": [_finding(finding) for finding in findings],
        "suppressed": [
            {**_finding(finding), "reason": reason} for finding, reason in analysis.suppressed
        ],
        "not_analysed": [
            {"path": missed.path, "reason": missed.reason} for missed in analysis.not_analysed
        ],
        "excluded": list(analysis.excluded),
        "inferred_calls": analysis.inferred_calls,
        "inventory": analysis.inventory.counts(),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    place = finding.location or Location(path="")
    return {
        "rule_id": finding.rule_id,
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "source": finding.source,
        "path": place.path,
        "start_line": place.line,
        "end_line": place.end_line or place.line,
        "message": finding.message,
        "fix": finding.fix,
        "chain": [
            {"path": step.path, "line": step.line, "what": step.note} for step in finding.chain
        ],
    }


def analysis_text(analysis: Analysis, findings: Sequence[Finding]) -> str:
    """The table for a terminal: worst first, with chains, and what could not be analysed."""
    lines: list[str] = []
    for finding in findings[:_SHOWN_MAX]:
        lines.append(
            f"{finding.severity.value:<8} {finding.rule_id:<4} {finding.location}  "
            f"{finding.message}"
        )
        if len(finding.chain) > 1:
            lines.extend(f"{'':14}  via {step}  {step.note}" for step in finding.chain)
    if len(findings) > _SHOWN_MAX:
        lines.append(f"… and {len(findings) - _SHOWN_MAX} more; --json FILE has them all")
    lines += [f"not analysed  {missed.path}  {missed.reason}" for missed in analysis.not_analysed]
    counts = Counter(finding.severity for finding in findings)
    summary = ", ".join(f"{counts[severity]} {severity.value}" for severity in Severity)
    lines.append(
        f"{len(findings)} findings ({summary}) in {analysis.lines} lines; "
        f"{analysis.coverage_ratio:.1%} of the files analysed, "
        f"{len(analysis.suppressed)} findings suppressed with a reason"
    )
    if analysis.inferred_calls:
        lines.append(f"{analysis.inferred_calls} calls are known by Jedi's inference alone")
    return "\n".join(lines)


def score_text(score: Score) -> str:
    """Precision and recall per rule, and the cases behind every miss and false alarm."""
    lines = [f"{'rule':<6}{'sites':>6}{'found':>6}{'alarms':>7}{'recall':>8}{'precision':>10}"]
    for rule_id, counts in sorted(score.rules.items()):
        lines.append(
            f"{rule_id:<6}{counts.sites:>6}{counts.found:>6}{counts.false_alarms:>7}"
            f"{_ratio(counts.recall):>8}{_ratio(counts.precision):>10}"
        )
    sites = sum(counts.sites for counts in score.rules.values())
    found = sum(counts.found for counts in score.rules.values())
    hazards = {rule: counts for rule, counts in score.rules.items() if rule.startswith("D")}
    classes = sum(3 * c.found >= 2 * c.sites for c in hazards.values() if c.sites)
    known = sum(1 for c in hazards.values() if c.sites)
    lines += [f"missed   {missed}" for missed in score.missed]
    lines += [f"alarm    {wrong}" for wrong in score.wrong]
    lines.append(
        f"{found} of {sites} sites found; {classes} of {known} classes D01-D44; "
        f"{score.innocent_with_alarm} of {score.innocent} innocent cases with an alarm"
    )
    return "\n".join(lines)


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
