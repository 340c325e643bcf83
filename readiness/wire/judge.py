"""Judges what a bot sent: legs, reduce-only, doubled orders, protection, limits, reconnection.

Nothing of the bot is known but its traffic, so any bot of any language can be judged. The account
is in hedge mode in every scenario. `docs/readiness.md` lists the rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from readiness.check import Finding, Location, Severity
from readiness.wire.traffic import Command, Socket, Traffic

__all__ = ["judge_traffic"]

PROTECTED_WITHIN_US = 2_000_000  # A stop that is asked for with the fill is there well before.
SUBSCRIBED_WITHIN_US = 5_000_000
RECONCILED_WITHIN_US = 10_000_000  # Both include the back-off of a bot in no hurry.
PATIENCE_US = 100_000  # A tenth of the second that Bybit counts requests over.
STORM = 5  # Connections to one path within a second.
_LIMITED = frozenset({10006, 10018})  # Too many requests of the account, of the address.
_UNSURE = frozenset(
    {None, 10000, 10016}
)  # No answer, time out, server error: it may have been placed.
_ORDER_READS = ("/v5/order/realtime", "/v5/order/history")
_TRUTHS = ("/v5/position/list", "/v5/order/realtime")


def judge_traffic(traffic: Traffic, scenario: str) -> list[Finding]:
    """Everything wrong in one session; each rule names the first place and counts the others."""
    rules = {
        "W01": (Severity.HIGH, "Give every order an orderLinkId before it is sent", _nameless),
        "W02": (
            Severity.CRITICAL,
            "Send positionIdx 1 for the long and 2 for the short leg",
            _legless,
        ),
        "W03": (
            Severity.CRITICAL,
            "Set reduceOnly on every order that closes a leg",
            _not_reducing,
        ),
        "W04": (Severity.CRITICAL, "Ask by orderLinkId what became of an order first", _doubled),
        "W05": (Severity.CRITICAL, "Send the stop with the entry", _unprotected),
        "W06": (Severity.HIGH, "Wait for the limit's reset after 10006, 403 and 429", _impatient),
        "W07": (Severity.HIGH, "Subscribe again on every new socket", _unsubscribed),
        "W08": (Severity.HIGH, "Read positions and orders after each new socket", _unreconciled),
        "W09": (Severity.HIGH, "Wait longer before each further attempt", _storms),
    }
    found = []
    for rule_id, (severity, fix, rule) in rules.items():
        said = list(rule(traffic))
        if said:
            more = f", and {len(said) - 1} times more" if len(said) > 1 else ""
            found.append(
                Finding(
                    rule_id=rule_id,
                    severity=severity,
                    message=f"{said[0]}{more}",
                    fix=fix,
                    location=Location(path=f"wire/{scenario}"),
                )
            )
    return found


def _created(traffic: Traffic) -> Iterator[Command]:
    return (command for command in traffic.commands if command.kind == "create")


def _shown(command: Command) -> str:
    told = command.told
    words = [told.get(key) for key in ("side", "qty", "symbol")]
    return f"{' '.join(str(word) for word in words)} on leg {command.leg[1]}"


def _nameless(traffic: Traffic) -> Iterator[str]:
    for command in _created(traffic):
        if not command.told.get("orderLinkId"):
            yield f"{_shown(command)} has no orderLinkId"


def _legless(traffic: Traffic) -> Iterator[str]:
    for command in traffic.commands:
        if command.kind in {"create", "stop"} and command.leg[1] not in {1, 2}:
            yield f"a {command.kind} names no leg of the hedge account: {_shown(command)}"


def _not_reducing(traffic: Traffic) -> Iterator[str]:
    for command in _created(traffic):
        if command.closes and not command.is_reducing:
            yield f"{_shown(command)} closes without reduceOnly"


def _doubled(traffic: Traffic) -> Iterator[str]:
    """The same order again after one of unknown fate, and nobody has asked in between.

    The same orderLinkId again is no double: the exchange refuses it.
    """
    unsure: dict[tuple[object, ...], Command] = {}
    for command in _created(traffic):
        told = command.told
        key = (command.leg, told.get("side"), told.get("qty"), command.is_reducing)
        before = unsure.get(key)
        if (
            before is not None
            and _is_another(before, command)
            and not _asked(traffic, before, command)
        ):
            yield f"{_shown(command)} was sent again, though nobody knew what became of the first"
        if command.code in _UNSURE:
            unsure[key] = command
        elif command.code == 0:
            unsure.pop(key, None)


def _is_another(before: Command, command: Command) -> bool:
    name = command.told.get("orderLinkId")
    return not name or name != before.told.get("orderLinkId")


def _asked(traffic: Traffic, before: Command, command: Command) -> bool:
    """Whether the bot learned of the first order in between: it asked, or its stream told it."""
    told_us = traffic.streamed.get(str(before.told.get("orderLinkId", "")))
    if told_us is not None and told_us < command.ts_us:
        return True
    return any(
        before.ts_us < request.ts_us < command.ts_us and request.path in _ORDER_READS
        for request in traffic.requests
    )


def _unprotected(traffic: Traffic) -> Iterator[str]:
    """Market entries that were accepted, and for which no stop was sent in time."""
    for command in _created(traffic):
        told = command.told
        is_entry = command.leg[1] in {1, 2} and not command.closes and not command.is_reducing
        if not is_entry or told.get("orderType") != "Market" or command.code != 0:
            continue
        until_us = command.ts_us + PROTECTED_WITHIN_US
        if _is_price(told.get("stopLoss")) or until_us > traffic.ended_us:
            continue
        if not any(
            command.ts_us <= other.ts_us <= until_us and _protects(other, command)
            for other in traffic.commands
        ):
            yield f"{_shown(command)} had no stop within {PROTECTED_WITHIN_US / 1e6:.0f} s"


def _protects(other: Command, entry: Command) -> bool:
    if other.leg != entry.leg or other.code not in {0, None}:
        return False
    if other.kind == "stop":
        return _is_price(other.told.get("stopLoss"))
    is_conditional = other.kind == "create" and _is_price(other.told.get("triggerPrice"))
    return is_conditional and other.closes and other.is_reducing


def _is_price(value: object) -> bool:
    return str(value or "").strip("0.") != ""


def _impatient(traffic: Traffic) -> Iterator[str]:
    """A request to the same place, right after one that was refused for its rate."""
    refused: dict[str, int] = {}
    for request in traffic.requests:
        before_us = refused.pop(request.path, None)
        if before_us is not None and request.ts_us - before_us < PATIENCE_US:
            after_ms = (request.ts_us - before_us) / 1000
            yield f"{request.path} was asked again {after_ms:.0f} ms after it was refused"
        if request.code in _LIMITED or request.status in {403, 429}:
            refused[request.path] = request.ts_us


def _reopened(traffic: Traffic) -> Iterator[Socket]:
    """Sockets that took the place of an earlier one of the same path; trade sockets left out."""
    seen: set[str] = set()
    for socket in traffic.sockets:
        if socket.path in seen and "/trade" not in socket.path:
            yield socket
        seen.add(socket.path)


def _unsubscribed(traffic: Traffic) -> Iterator[str]:
    for socket in _reopened(traffic):
        due_us = socket.ts_us + SUBSCRIBED_WITHIN_US
        at_us = socket.subscribed_us
        is_late = at_us is None or at_us > due_us
        if is_late and due_us <= traffic.ended_us and not _replaced(traffic, socket, due_us):
            yield f"{socket.path} was opened again, and nothing was subscribed to"


def _unreconciled(traffic: Traffic) -> Iterator[str]:
    for socket in _reopened(traffic):
        due_us = socket.ts_us + RECONCILED_WITHIN_US
        if "private" not in socket.path or due_us > traffic.ended_us:
            continue
        read = {r.path for r in traffic.requests if socket.ts_us <= r.ts_us <= due_us}
        missing = [path for path in _TRUTHS if path not in read]
        if missing and not _replaced(traffic, socket, due_us):
            yield f"{socket.path} was opened again, and {missing[0]} was not read"


def _replaced(traffic: Traffic, socket: Socket, until_us: int) -> bool:
    """Whether yet another socket took its place before the time was over."""
    return any(
        other.path == socket.path and socket.ts_us < other.ts_us <= until_us
        for other in traffic.sockets
    )


def _storms(traffic: Traffic) -> Iterator[str]:
    for path in dict.fromkeys(socket.path for socket in traffic.sockets):
        times = [socket.ts_us for socket in traffic.sockets if socket.path == path]
        for first, last in zip(times, times[STORM:], strict=False):
            if last - first < 1_000_000:
                yield f"{path} was connected to {STORM + 1} times within a second"
