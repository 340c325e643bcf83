"""What passed at the exchange of a dry run: every order of it, judged as any bot's traffic is.

Only rules that hold at any speed of the market are asked: an hour of it may take four seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange_simulator.errors import BadInput
from exchange_simulator.record import events
from readiness.check import Finding
from readiness.wire.judge import judge_traffic
from readiness.wire.traffic import LANGUAGES, kept_events, read_traffic
from readiness.wire.words import Fate

__all__ = ["ANY_SPEED", "Wire", "read_wire"]

# Names, legs, closing orders, and doubles; the others count seconds.
ANY_SPEED = ("W01", "W02", "W03", "W04")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How many orders, stops and cancels passed, how many orders were amended, and what was wrong;
    `problem` says why nothing could be read, "" when it could."""

    commands: int = 0
    amended: int = 0
    findings: tuple[Finding, ...] = ()
    problem: str = ""


def read_wire(recording: Path) -> Wire:
    """Judge what passed at each exchange of a recording."""
    try:
        kept = kept_events(events(recording))
    except (BadInput, OSError) as error:
        return Wire(problem=f"the recording of the run cannot be read: {error}")
    all_traffic = [read_traffic(kept, exchange) for exchange in LANGUAGES]
    commands = sum(len(traffic.commands) for traffic in all_traffic)
    if not commands:
        return Wire(problem="no order passed at the exchange")
    findings = (
        finding
        for traffic in all_traffic
        for finding in judge_traffic(traffic, "dry-run", ANY_SPEED)
    )
    amended = sum(
        command.kind == "amend" and command.fate is Fate.ACCEPTED
        for traffic in all_traffic
        for command in traffic.commands
    )
    return Wire(commands=commands, amended=amended, findings=tuple(findings))
