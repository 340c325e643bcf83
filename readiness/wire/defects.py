"""Defects planted in recorded traffic, to measure how many of them the judge reports.

Each operator takes one sane session and makes one mistake that bots really make, at a place drawn
by seed. An operator that finds no place to act on plants nothing, and is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

from readiness.check import Recall
from readiness.wire.judge import PROTECTED_WITHIN_US, judge_traffic
from readiness.wire.traffic import Command, Request, Socket, Traffic

__all__ = ["OPERATORS", "measure_recall", "planted"]

EACH = 4  # Places per operator and session.
Operator = Callable[[Traffic, Random], Traffic | None]


def measure_recall(sessions: Sequence[Traffic], seed: int = 1) -> Recall:
    """How many of the planted defects raise the rule that is made for them."""
    outcomes = [
        any(found.rule_id == rule for found in judge_traffic(traffic, "planted"))
        for session in sessions
        for rule, traffic in planted(session, seed)
    ]
    return Recall(caught=sum(outcomes), seeded=len(outcomes))


def planted(session: Traffic, seed: int) -> Iterator[tuple[str, Traffic]]:
    """Sessions with one defect each, and the rule that it breaks; no two are the same."""
    for rule, operator in OPERATORS:
        draw = Random(f"{seed} {operator.__name__}")  # noqa: S311
        seen: list[Traffic] = []
        for _ in range(EACH):
            changed = operator(session, draw)
            if changed is not None and changed not in seen:
                seen.append(changed)
                yield rule, changed


def _change(
    traffic: Traffic,
    draw: Random,
    wanted: Callable[[Command], bool],
    **changes: object,
) -> Traffic | None:
    """The session with these arguments of one such command replaced; None takes one away."""
    places = [at for at, command in enumerate(traffic.commands) if wanted(command)]
    if not places:
        return None
    at = draw.choice(places)
    command = traffic.commands[at]
    told = {key: value for key, value in {**command.told, **changes}.items() if value is not None}
    commands = list(traffic.commands)
    commands[at] = replace(command, told=told)
    return replace(traffic, commands=tuple(commands))


def _is_create(command: Command) -> bool:
    return command.kind == "create"


def _is_entry(command: Command) -> bool:
    return _is_create(command) and not command.closes and not command.is_reducing


def _name_lost(traffic: Traffic, draw: Random) -> Traffic | None:
    return _change(traffic, draw, _is_create, orderLinkId=None)


def _one_way(traffic: Traffic, draw: Random) -> Traffic | None:
    return _change(traffic, draw, _is_create, positionIdx=0)


def _leg_missing(traffic: Traffic, draw: Random) -> Traffic | None:
    return _change(traffic, draw, _is_create, positionIdx=None)


def _stop_without_leg(traffic: Traffic, draw: Random) -> Traffic | None:
    return _change(traffic, draw, lambda command: command.kind == "stop", positionIdx=None)


def _reduce_lost(traffic: Traffic, draw: Random) -> Traffic | None:
    return _change(traffic, draw, lambda one: _is_create(one) and one.closes, reduceOnly=False)


def _leg_by_side(traffic: Traffic, draw: Random) -> Traffic | None:
    """The side of an entry turned, its leg left as it was."""
    side = draw.choice(["Buy", "Sell"])
    other = {"Buy": "Sell", "Sell": "Buy"}[side]

    def entry(command: Command) -> bool:
        return _is_entry(command) and command.told.get("side") == side

    return _change(traffic, draw, entry, side=other)


def _sent_twice(traffic: Traffic, draw: Random) -> Traffic | None:
    """The answer of an entry is lost, and it is sent again at once under a new name."""
    entries = [command for command in traffic.commands if _is_entry(command)]
    if not entries:
        return None
    first = draw.choice(entries)
    lost = replace(first, code=None)
    name = f"again-{draw.randrange(10**6)}"
    again = replace(first, ts_us=first.ts_us + 1_000, told={**first.told, "orderLinkId": name})
    commands: list[Command] = []
    for command in traffic.commands:
        commands += [lost, again] if command is first else [command]
    streamed = {one: at for one, at in traffic.streamed.items() if at > again.ts_us}
    return replace(traffic, commands=tuple(commands), streamed=streamed)


def _stop_forgotten(traffic: Traffic, draw: Random) -> Traffic | None:
    """An entry without its stop, and none set afterwards."""

    def late(command: Command) -> bool:
        is_over = command.ts_us + PROTECTED_WITHIN_US > traffic.ended_us
        return _is_entry(command) and command.code == 0 and not is_over

    changed = _change(traffic, draw, late, stopLoss=None)
    if changed is None:
        return None
    kept = tuple(command for command in changed.commands if command.kind != "stop")
    return replace(changed, commands=kept)


def _hammered(traffic: Traffic, draw: Random) -> Traffic | None:
    """A request is refused for its rate and sent again a few milliseconds later."""
    if not traffic.requests:
        return None
    at = draw.randrange(len(traffic.requests))
    asked = traffic.requests[at]
    refused = replace(asked, code=10006)
    again: Request = replace(asked, ts_us=asked.ts_us + draw.randrange(1_000, 50_000))
    requests = (*traffic.requests[:at], refused, again, *traffic.requests[at + 1 :])
    return replace(traffic, requests=requests)


def _reopened(traffic: Traffic, draw: Random, path: str) -> tuple[Socket, Traffic] | None:
    """The session with one more socket of a path, early enough to be judged."""
    first = next((socket for socket in traffic.sockets if path in socket.path), None)
    room_us = traffic.ended_us - 10_000_001 - first.ts_us if first is not None else 0
    if first is None or room_us < 1:
        return None
    ts_us = first.ts_us + draw.randrange(1, room_us + 1)
    kept = tuple(socket for socket in traffic.sockets if socket.ts_us <= first.ts_us)
    return replace(first, ts_us=ts_us, subscribed_us=ts_us + 1), replace(traffic, sockets=kept)


def _not_subscribed(traffic: Traffic, draw: Random) -> Traffic | None:
    found = _reopened(traffic, draw, draw.choice(["private", "public"]))
    if found is None:
        return None
    socket, calm = found
    return replace(calm, sockets=(*calm.sockets, replace(socket, subscribed_us=None)))


def _not_reconciled(traffic: Traffic, draw: Random) -> Traffic | None:
    found = _reopened(traffic, draw, "private")
    if found is None:
        return None
    socket, calm = found
    kept = tuple(request for request in calm.requests if request.ts_us < socket.ts_us)
    return replace(calm, sockets=(*calm.sockets, socket), requests=kept)


def _storming(traffic: Traffic, draw: Random) -> Traffic | None:
    if not traffic.sockets:
        return None
    first = draw.choice(traffic.sockets)
    storm = tuple(replace(first, ts_us=first.ts_us + at * 50_000) for at in range(1, 8))
    return replace(traffic, sockets=(*traffic.sockets, *storm))


OPERATORS: tuple[tuple[str, Operator], ...] = (
    ("W01", _name_lost),
    ("W02", _one_way),
    ("W02", _leg_missing),
    ("W02", _stop_without_leg),
    ("W03", _reduce_lost),
    ("W03", _leg_by_side),
    ("W04", _sent_twice),
    ("W05", _stop_forgotten),
    ("W06", _hammered),
    ("W07", _not_subscribed),
    ("W08", _not_reconciled),
    ("W09", _storming),
)
