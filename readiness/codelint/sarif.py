"""SARIF 2.1.0 for code hosts: one run, a rule per entry of the rulebook, chains as codeFlows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from readiness.check import Finding, FindingKind, Location, Severity
from readiness.codelint.analysis import Analysis
from readiness.codelint.rulebook import RULES

__all__ = ["fingerprint", "result_of", "to_sarif", "without_numbers"]

_LEVEL = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
_RANK = {Severity.CRITICAL: 95.0, Severity.HIGH: 75.0, Severity.MEDIUM: 50.0, Severity.LOW: 20.0}


def fingerprint(finding: Finding, occurrence: int = 0) -> str:
    """What stays the same when lines move: rule, path, and message with its numbers taken out."""
    path = finding.location.path if finding.location else ""
    text = "\0".join((finding.rule_id, path, without_numbers(finding.message), str(occurrence)))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def without_numbers(message: str) -> str:
    """The message with its numbers blanked: lines and counts change while a defect stays."""
    return re.sub(r"\d+", " ", message)


def to_sarif(analysis: Analysis, findings: Sequence[Finding]) -> dict[str, Any]:
    """The SARIF document of an analysis; files not analysed are notifications of the run."""
    counts: dict[str, int] = {}
    results = []
    for finding in findings:
        base = fingerprint(finding)
        counts[base] = counts.get(base, -1) + 1
        results.append(result_of(finding, fingerprint(finding, counts[base])))
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(findings)},
                "columnKind": "unicodeCodePoints",
                "results": results,
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {
                                "level": "warning",
                                "message": {"text": f"not analysed: {missed.reason}"},
                                "locations": [_location(Location(path=missed.path))],
                            }
                            for missed in analysis.not_analysed
                        ],
                    }
                ],
            }
        ],
    }


def _driver(findings: Iterable[Finding]) -> dict[str, Any]:
    other = sorted({f.rule_id for f in findings} - set(RULES))
    return {
        "name": "readiness.codelint",
        "rules": [
            {
                "id": rule.rule_id,
                "name": rule.title,
                "shortDescription": {"text": rule.title},
                "fullDescription": {"text": rule.cost},
                "help": {"text": rule.fix},
                "defaultConfiguration": {
                    "level": _LEVEL[rule.severity],
                    "rank": _RANK[rule.severity],
                },
            }
            for rule in RULES.values()
        ]
        + [{"id": rule_id} for rule_id in other],
    }


def result_of(finding: Finding, mark: str) -> dict[str, Any]:
    """One finding as a SARIF result; `mark` is its fingerprint."""
    fails = finding.kind is FindingKind.FAIL
    result: dict[str, Any] = {
        "ruleId": finding.rule_id,
        "kind": finding.kind.value,
        "level": _LEVEL[finding.severity] if fails else "none",
        "rank": _RANK[finding.severity],
        "message": {"text": f"{finding.message}. {finding.fix}"},
        "locations": [_location(finding.location)] if finding.location else [],
        "partialFingerprints": {"readiness/v1": mark},
        "properties": {"severity": finding.severity.value, "source": finding.source},
    }
    if finding.chain:
        steps = [{"location": _location(step)} for step in finding.chain]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    return result


def _location(place: Location) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(place.path)}}
    if place.line is not None:
        physical["region"] = {
            "startLine": place.line,
            "endLine": max(place.line, place.end_line or place.line),
        }
    found: dict[str, Any] = {"physicalLocation": physical}
    if place.note:
        found["message"] = {"text": place.note}
    return found
