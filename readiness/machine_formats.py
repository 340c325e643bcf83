"""The report for other machines: SARIF 2.1.0 for code hosts, JUnit XML for build servers.

What could not be judged is never silent: in SARIF it is an error notification of an unsuccessful
run, in JUnit an error of its check.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any
from xml.etree import ElementTree

from readiness.check import CheckResult, Outcome
from readiness.codelint.sarif import fingerprint, result_of
from readiness.report import Report
from readiness.verdict import open_findings

__all__ = ["as_junit", "as_sarif"]

# Characters that XML 1.0 cannot hold, escaped or not (https://www.w3.org/TR/xml/#charsets).
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_sarif(report: Report) -> str:
    """Every finding of every check as a SARIF document of one run."""
    seen: Counter[str] = Counter()
    results = []
    for result in report.results:
        for finding in result.findings:
            mark = fingerprint(finding)
            entry = result_of(finding, fingerprint(finding, seen[mark]))
            entry["properties"]["check"] = result.name
            results.append(entry)
            seen[mark] += 1
    rules = sorted({entry["ruleId"] for entry in results})
    blocked = [result for result in report.results if result.outcome is Outcome.BLOCKED]
    run = {
        "tool": {"driver": {"name": "readiness", "rules": [{"id": rule} for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "invocations": [
            {
                "executionSuccessful": not blocked,
                "startTimeUtc": report.started_at.isoformat(),
                "endTimeUtc": report.ended_at.isoformat(),
                "toolExecutionNotifications": [_not_judged(result) for result in blocked],
            }
        ],
        "properties": {"verdict": str(report.verdict.status), "scope": report.scope},
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    document = {"$schema": schema, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_junit(report: Report) -> str:
    """One test case per check: passed, a failure with its findings, or an error with its reason."""
    suite = ElementTree.Element(
        "testsuite",
        name="readiness",
        tests=str(len(report.results)),
        failures=str(_count(report, Outcome.FAILED)),
        errors=str(_count(report, Outcome.BLOCKED)),
        time=f"{(report.ended_at - report.started_at).total_seconds():.3f}",
        timestamp=report.started_at.isoformat(),
    )
    for result in report.results:
        took = f"{result.duration_s:.3f}"
        case = ElementTree.SubElement(
            suite, "testcase", classname="readiness", name=result.name, time=took
        )
        if result.outcome is Outcome.BLOCKED:
            message = _shown(result.reason.splitlines()[0])
            error = ElementTree.SubElement(case, "error", message=message, type="BLOCKED")
            error.text = _shown(result.reason)
        elif result.outcome is Outcome.FAILED:
            found = open_findings(result)
            message = f"{len(found)} findings"
            failure = ElementTree.SubElement(case, "failure", message=message, type="FAILED")
            failure.text = _shown(
                "\n".join(
                    f"{one.severity} {one.rule_id} {one.location or ''} {one.message}. {one.fix}"
                    for one in found
                )
            )
        measured = (f"{one.what}: {one.measured} (limit: {one.limit})" for one in result.evidence)
        ElementTree.SubElement(case, "system-out").text = _shown("\n".join(measured))
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, "unicode", xml_declaration=True) + "\n"


def _not_judged(result: CheckResult) -> dict[str, Any]:
    said = f"{result.name} could not be judged: {result.reason}"
    return {"level": "error", "message": {"text": said}}


def _count(report: Report, outcome: Outcome) -> int:
    return sum(result.outcome is outcome for result in report.results)


def _shown(text: str) -> str:
    """The text with what XML cannot hold replaced."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
