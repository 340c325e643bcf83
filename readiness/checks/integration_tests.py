"""Integration Tests: does the repository's own integration suite pass on this machine?"""

from __future__ import annotations

import asyncio
import re
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
from readiness.processes import DeadlinePassed, run_program

__all__ = ["run"]

SUITE = "tests/integration"
# Two thirds of the suite's time is waiting for sockets and programs.
WORKERS = ("-n", "4", "--dist", "loadfile", "--no-loadscope-reorder")


async def run(check: Check, context: Context) -> CheckResult:
    """Run the suite as the user's document does.

    Full scope shares it out among workers. Quick scope runs the sample of the settings, without
    what is marked slow, and cuts it off after its budget. Coverage is tests run / tests collected:
    what was skipped or cut off proved nothing. What the sample leaves out is in the power of this
    check, which is measured on the sample.
    """
    report, log = (context.folder / f"integration_tests.{kind}" for kind in ("xml", "log"))
    targets, budget_s = [f"{SUITE}/"], float(context.deadline_s)
    if context.scope is Scope.QUICK:
        targets = await asyncio.to_thread(_sample, context) or targets
    command = [sys.executable, "-m", "pytest", *targets, "-v", "--asyncio-mode=auto"]
    if context.scope is Scope.FULL:
        command += WORKERS
    else:
        command += ["-m", "not slow and not real_market"]
        budget_s = context.settings.integration_tests.quick_budget_s
    try:
        await run_program(
            [*command, f"--junitxml={report}"],
            folder=context.root,
            log=log,
            deadline_s=budget_s,
        )
    except DeadlinePassed:
        if context.scope is Scope.FULL:
            raise
    said = log.read_text("utf-8", "replace")
    if not report.exists():
        last_words = "\n".join(said.splitlines()[-12:])
        return blocked(check, f"pytest left no report\n{last_words}")
    source = " ".join(["python3", *command[1:]])
    return judge_suite(check, report, said, source)


def _sample(context: Context) -> list[str]:
    """Those of a quick run's tests that are there."""
    names = context.settings.integration_tests.quick_tests
    return [name for name in names if (context.root / name).exists()]


def judge_suite(check: Check, report: Path, said: str, source: str) -> CheckResult:
    """The result that pytest's JUnit report stands for, beside what pytest said of the run."""
    root = ElementTree.parse(report).getroot()  # noqa: S314 (our own file)
    # A test that was cut off is left in the report without a name.
    cases = [case for case in root.iter("testcase") if case.get("name")]
    ran = [case for case in cases if case.find("skipped") is None]
    if not ran:
        return blocked(check, "no integration test ran")
    findings = tuple(finding for case in ran if (finding := _finding(case)) is not None)
    collected = max(_collected(said), len(cases))
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=len(ran) / collected,
        evidence=(
            Evidence(
                what="integration tests passed",
                measured=f"{len(ran) - len(findings)} of {len(ran)} run, {collected} collected",
                limit="all that ran",
                source=source,
            ),
        ),
        findings=findings,
    )


def _collected(said: str) -> int:
    """How many tests pytest meant to run, by its own words; 0 where it did not say."""
    one = r"collected (\d+) items?(?:.* (\d+) selected)?"
    counts = re.search(one, said) or re.search(r"\d+ workers? \[(\d+)()", said)
    return int(counts[2] or counts[1]) if counts else 0


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
