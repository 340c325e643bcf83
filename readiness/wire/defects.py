"""Defects planted in recordings, to measure how many of them the judge reports.

Each operator takes the events of one sane session and makes one mistake that bots really make, at a
place drawn by seed, in the words of the exchange that was spoken: reading those words is measured
too. An operator that finds no place to act on plants nothing, and is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from readiness.check import Recall
from readiness.wire.command_defects import COMMAND_OPERATORS
from readiness.wire.judge import judge_traffic
from readiness.wire.planting import Operator, Planting
from readiness.wire.session_defects import SESSION_OPERATORS
from readiness.wire.traffic import Event, read_traffic
from readiness.wire.words import Traffic

__all__ = ["OPERATORS", "measure_recall", "planted"]

OPERATORS: tuple[tuple[str, Operator], ...] = (*COMMAND_OPERATORS, *SESSION_OPERATORS)
PLACES = 16  # Per operator and exchange, shared by its sessions.


def measure_recall(sessions: Sequence[tuple[Sequence[Event], Traffic]], seed: int = 1) -> Recall:
    """How many of the planted defects raise the rule that is made for them."""
    each = max(1, PLACES // max(1, len(sessions)))
    outcomes = [
        any(found.rule_id == rule for found in judge_traffic(traffic, "planted"))
        for events, session in sessions
        for rule, _, traffic in planted(events, session, seed, each)
    ]
    return Recall(caught=sum(outcomes), seeded=len(outcomes))


def planted(
    events: Sequence[Event], session: Traffic, seed: int, each: int
) -> Iterator[tuple[str, str, Traffic]]:
    """Sessions with one defect each, the rule that it breaks and its name; no two are the same."""
    for rule, operator in OPERATORS:
        draw = Random(f"{seed} {operator.__name__}")  # noqa: S311
        seen: list[Traffic] = []
        for _ in range(each):
            planting = Planting(events=list(events), session=session, draw=draw)
            if not operator(planting):
                continue
            changed = _read(planting)
            if changed not in seen and changed != session:
                seen.append(changed)
                yield rule, operator.__name__, changed


def _read(planting: Planting) -> Traffic:
    session = planting.session
    read = read_traffic(
        sorted(planting.events, key=lambda event: event["wall_us"]),
        session.exchange,
        mode=session.mode,
        starts_us=session.starts_us,
    )
    kept = {
        "down_us": session.down_us,
        "away_us": session.away_us,
        "silence_us": session.silence_us,
    }
    return replace(read, **{**kept, **planting.changes})
