"""Integration Tests: does the repository's own integration suite pass on this machine?"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

from readiness.check import (
    CheckResult,
    Evidence,
    Finding,
    FindingKind,
    Location,
    Outcome,
    Severity,
)
from readiness.context import Check, Context, Scope, blocked
from readiness.processes import run_program

__all__ = ["run"]

SUITE = "tests/integration"


async def run(check: Check, context: Context) -> CheckResult:
    """Run the suite as the user's document does; quick scope leaves out what is marked slow.

    Coverage is tests run / tests collected: a skipped test proved nothing.
    """
    report = context.folder / "integration_tests.xml"
    command = [sys.executable, "-m", "pytest", f"{SUITE}/", "-v", "--asyncio-mode=auto"]
    command += [f"--junitxml={report}"]
    if context.scope is Scope.QUICK:
        command += ["-m", "not slow and not real_market"]
    finished = await run_program(
        command,
        folder=context.root,
        log=context.folder / "integration_tests.log",
        deadline_s=context.deadline_s,
    )
    if not report.exists():
        return blocked(
            check, f"pytest ended with {finished.exit_code} and no report\n{finished.last_words()}"
        )
    return judge_suite(check, report, " ".join(command[1:]))


def judge_suite(check: Check, report: Path, source: str) -> CheckResult:
    """The result that a JUnit report of pytest stands for."""
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))  # noqa: S314 (our own file)
    skipped = [case for case in cases if case.find("skipped") is not None]
    findings = tuple(finding for case in cases if (finding := _finding(case)) is not None)
    ran = len(cases) - len(skipped)
    if ran == 0:
        return blocked(check, "no integration test ran")
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=ran / len(cases),
        evidence=(
            Evidence(
                what="integration tests passed",
                measured=f"{ran - len(findings)} of {len(cases)}, {len(skipped)} skipped",
                limit="all that ran",
                source=source,
            ),
        ),
        findings=findings,
    )


def _finding(case: ElementTree.Element) -> Finding | None:
    """What a test that failed or broke reports; None for one that passed or was skipped."""
    trouble = case.find("failure")
    trouble = case.find("error") if trouble is None else trouble
    if trouble is None:
        return None
    name = f"{case.get('classname', '')}.{case.get('name', '')}"
    said = (trouble.get("message") or "no message").splitlines()[0][:200]
    return Finding(
        rule_id="integration-test-failed",
        severity=Severity.CRITICAL,
        kind=FindingKind.FAIL,
        message=f"{name} failed: {said}",
        fix=f"Make {name} pass; the whole trace is in integration_tests.log",
        location=Location(path=case.get("classname", SUITE).replace(".", "/") + ".py"),
    )
