"""Resilience: does the bot keep its promises while everything around it fails?

Whole sessions run under virtual time with faults on the wire, an unreliable database and kills, on
each exchange alone and on all together; others are aimed at single promises; calm ones on each
exchange are killed at commits spread over their whole length. Invariants are judged from outside
the bot. The loss of the model is made in copies of the shipped ones. A fault that never struck
proves nothing, so coverage counts what really did.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from readiness.chaos.flaky_store import TROUBLES
from readiness.chaos.scenario import ALL, KINDS
from readiness.check import CheckResult, Evidence, Finding, Location, Outcome, Severity
from readiness.checks.ml_pipeline import MODELS, Judged, judge_fallback
from readiness.context import Check, Context, Scope, blocked
from readiness.processes import run_program

__all__ = ["DEMANDED", "Sums", "judge_sessions", "run"]

DEMANDED = (
    *KINDS,
    *("kill", "commit answer lost", "database down", *TROUBLES),
    *("stop taken away", "exchange failover", "model gone"),
)
"""What must have struck at least once, by the names that sessions report."""


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A session that broke an invariant."""

    replay: str
    violations: list[str]


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What `python -m readiness.chaos --json` writes."""

    version: int
    sessions: int
    entries: int
    exits: int
    worst_bare_s: float
    took_s: float
    played: dict[str, int]
    hits: dict[str, int]
    failed: list[Failed]


async def run(check: Check, context: Context) -> CheckResult:
    """Run the sessions and the kill points of the scope, and judge what they came to."""
    plan = context.settings.resilience
    is_quick = context.scope is Scope.QUICK
    sessions = plan.quick_sessions if is_quick else plan.full_sessions
    points = plan.quick_kill_points if is_quick else plan.full_kill_points
    seconds = plan.quick_session_s if is_quick else plan.full_session_s
    where = ["--exchange", ALL, "--jobs", str(plan.processes)]
    sums: list[Sums] = []
    commands = (
        [*where, "--aimed"],
        [*where, "--seeds", str(sessions), "--seconds", str(seconds)],
        [*where, "--kill-points", str(points), "--seconds", "400"],
    )
    for number, options in enumerate(commands):
        file = context.folder / f"resilience_{number}.json"
        log = context.folder / f"resilience_{number}.log"
        finished = await run_program(
            [sys.executable, "-m", "readiness.chaos", *options, f"--json={file}"],
            folder=context.root,
            log=log,
            deadline_s=context.deadline_s,
        )
        if not await asyncio.to_thread(file.exists):
            said = await asyncio.to_thread(finished.last_words)
            return blocked(check, f"the simulated sessions ended without a result\n{said}")
        text = await asyncio.to_thread(file.read_bytes)
        sums.append(msgspec.json.decode(text, type=Sums))
    sources = [" ".join(["python3 -m readiness.chaos", *options]) for options in commands]
    lost = await asyncio.to_thread(judge_fallback, context.root / MODELS)
    return judge_sessions(check, sums, sources, lost)


def judge_sessions(
    check: Check, sums: list[Sums], sources: list[str], lost: Judged = ([], [])
) -> CheckResult:
    """PASSED when no session broke an invariant; what never struck lowers the coverage.

    `lost` is what became of the bot's answers when its model was gone or damaged.
    """
    if not all(each.sessions and each.entries and each.exits for each in sums):
        return blocked(check, "the simulated sessions did not trade, so they show nothing")
    struck = {name for each in sums for name, times in each.hits.items() if times}
    if any("gone:" in each.measured for each in lost[1]):
        struck.add("model gone")
    if not struck:
        return blocked(check, "no fault struck in any simulated session")
    findings = (*(_finding(failed) for each in sums for failed in each.failed), *lost[0])
    missing = [name for name in DEMANDED if name not in struck]
    evidence = [
        Evidence(
            what="simulated sessions that kept every invariant",
            measured=f"{each.sessions - len(each.failed)} of {each.sessions},"
            f" {each.entries} opening and {each.exits} closing fills;"
            f" {_counted(each.played)}",
            limit="all",
            source=source,
        )
        for each, source in zip(sums, sources, strict=True)
    ]
    evidence.append(
        Evidence(
            what="faults that really struck",
            measured=f"{len(DEMANDED) - len(missing)} of {len(DEMANDED)}"
            + (f"; never: {', '.join(missing)}" if missing else ""),
            limit="all",
            source=sources[0],
        )
    )
    worst_s = max(each.worst_bare_s for each in sums)
    evidence.append(
        Evidence(
            what="longest time that open quantity had no stop on the exchange",
            measured=f"{worst_s:.0f} s",
            limit="30 s",
            source=sources[0],
        )
    )
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=(len(DEMANDED) - len(missing)) / len(DEMANDED),
        evidence=(*evidence, *lost[1]),
        findings=findings,
    )


def _counted(played: dict[str, int]) -> str:
    """So many sessions on each exchange."""
    return ", ".join(f"{count} on {name}" for name, count in sorted(played.items()))


def _finding(failed: Failed) -> Finding:
    return Finding(
        rule_id="invariant-broken",
        severity=Severity.CRITICAL,
        message="; ".join(failed.violations)[:600],
        fix=f"See it again with `{failed.replay}`, and mend what lets it happen",
        location=Location(path="readiness/chaos/watch.py"),
    )
