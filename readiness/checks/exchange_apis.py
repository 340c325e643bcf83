"""Exchange APIs: is what our bot sends right, on a calm day and when the wire misbehaves?

The bot trades over real sockets against the simulator under declared scenarios, and its recorded
traffic is judged. The check's own power is measured on the same traffic with defects planted in it.
"""

from __future__ import annotations

import asyncio
import sys

from readiness.check import CheckResult, Evidence, Outcome, Recall
from readiness.context import Check, Context, Scope, blocked
from readiness.scratch_database import scratch_database
from readiness.wire.bots import BotFailed, Scenario, watch_bot
from readiness.wire.defects import measure_recall
from readiness.wire.judge import judge_traffic
from readiness.wire.traffic import Traffic

__all__ = ["SCENARIOS", "run"]

SPEED = 60
SCENARIOS = (
    Scenario(name="calm"),
    Scenario(
        name="lost-answers",
        faults="seed: 5\nfaults:\n  - {fault: F1, probability: 0.5, times: 4}\n",
        must_hit=("F1",),
    ),
    Scenario(
        name="disconnects",
        faults="seed: 5\nfaults:\n  - {fault: F7, at_s: [15]}\n",
        must_hit=("F7",),
    ),
    Scenario(
        name="rate-limits",
        faults="seed: 5\nfaults:\n"
        '  - {fault: F9, variant: "10006", where: "/v5/order/c*", probability: 0.4, times: 6}\n',
        must_hit=("F9",),
    ),
)


async def run(check: Check, context: Context) -> CheckResult:
    """Run our bot through every scenario, two at a time, and judge each recording."""
    lengths = context.settings.exchange_apis
    seconds = lengths.quick_session_s if context.scope is Scope.QUICK else lengths.full_session_s
    places = asyncio.Semaphore(context.settings.resilience.processes)

    async def watched(scenario: Scenario) -> Traffic:
        async with places, scratch_database(context.database_url) as url:
            return await watch_bot(
                [
                    *(sys.executable, "-m", "readiness.wire", "{announced}"),
                    *("--database-url", "{database_url}"),
                ],
                scenario,
                seconds=seconds,
                speed=SPEED,
                database_url=url,
                folder=context.folder,
                root=context.root,
            )

    found = await asyncio.gather(*(watched(one) for one in SCENARIOS), return_exceptions=True)
    sessions: dict[str, Traffic] = {}
    for scenario, outcome in zip(SCENARIOS, found, strict=True):
        if isinstance(outcome, BotFailed):
            return blocked(check, f"{scenario.name}: {outcome}")
        if isinstance(outcome, BaseException):
            raise outcome
        sessions[scenario.name] = outcome
    return judge_sessions(check, sessions)


def judge_sessions(check: Check, sessions: dict[str, Traffic]) -> CheckResult:
    """FAILED where a rule was broken; BLOCKED where hardly anything was sent to judge."""
    calm = sessions["calm"]
    if not any(command.kind == "create" for command in calm.commands):
        return blocked(check, "the bot sent no order on a calm day, so nothing could be judged")
    findings = [one for name, traffic in sessions.items() for one in judge_traffic(traffic, name)]
    recall = Recall(caught=0, seeded=0)
    if not findings:
        recall = measure_recall(tuple(sessions.values()))
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if findings else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=len(sessions) / len(SCENARIOS),
        recall=recall if recall.seeded else None,
        evidence=tuple(_evidence(name, traffic) for name, traffic in sessions.items()),
        findings=tuple(findings),
    )


def _evidence(name: str, traffic: Traffic) -> Evidence:
    kinds = [command.kind for command in traffic.commands]
    counts = ", ".join(f"{kind} {kinds.count(kind)}" for kind in sorted(set(kinds)))
    struck = ", ".join(f"{fault} {count}" for fault, count in traffic.hits.items()) or "none"
    return Evidence(
        what=f"session {name}",
        measured=f"{counts or 'no command'}, requests {len(traffic.requests)}, "
        f"sockets {len(traffic.sockets)}, faults that struck: {struck}",
        limit="no rule W01 to W09 broken",
        source=f"{name}.recording.gz",
    )
