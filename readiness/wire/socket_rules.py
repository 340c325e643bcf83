"""Rules on sockets: opened again, subscribed, reconciled, silent, and how often they are tried."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from readiness.wire.command_rules import shown
from readiness.wire.words import Socket, Traffic

__all__ = ["constant_back_off", "stale", "storms", "unnoticed", "unreconciled", "unsubscribed"]

SUBSCRIBED_WITHIN_US = 5_000_000
RECONCILED_WITHIN_US = 10_000_000  # Both include the back-off of a bot in no hurry.
TOGETHER_US = 30_000_000
STORM = 5  # Connections of one role within a second.
OLD_US = 20_000_000  # Twenty minutes of market at sixty times its speed.
NOTICED_WITHIN_US = 45_000_000
POLITE_US = 5_000_000  # Attempts so far apart need not grow further.
ATTEMPTS = 5  # So many must fail before their distances tell anything.
NEEDED = ("positions", "orders")


def _again(traffic: Traffic) -> Iterator[Socket]:
    """Sockets that took the place of a closed one; trade sockets are opened when needed."""
    return (socket for socket in traffic.sockets if socket.is_again and socket.role != "trade")


def unsubscribed(traffic: Traffic) -> Iterator[str]:
    """A new socket hears nothing until it is told what it is for."""
    for socket in _again(traffic):
        due_us = socket.ts_us + SUBSCRIBED_WITHIN_US
        is_late = socket.subscribed_us is None or socket.subscribed_us > due_us
        if is_late and due_us <= traffic.ended_us and not _replaced(traffic, socket, due_us):
            yield f"the {socket.role} socket was opened again, and nothing was subscribed to"


def unreconciled(traffic: Traffic) -> Iterator[str]:
    """What happened while the private socket was down is told by reads alone.

    A bot may wait until the other sockets that went with it are there too.
    """
    for socket in _again(traffic):
        near_us = socket.ts_us + TOGETHER_US
        back = [one.ts_us for one in _again(traffic) if socket.ts_us <= one.ts_us <= near_us]
        due_us = max(back) + RECONCILED_WITHIN_US
        if socket.role != "private" or due_us > traffic.ended_us:
            continue
        read: set[str] = set()
        for request in traffic.requests:
            if socket.ts_us <= request.ts_us <= due_us:
                read |= request.reads
        missing = [name for name in NEEDED if name not in read]
        if missing and not _replaced(traffic, socket, due_us):
            yield f"the private socket was opened again, and the {missing[0]} were not read"


def _replaced(traffic: Traffic, socket: Socket, until_us: int) -> bool:
    """Whether yet another socket took its place before the time was over."""
    return any(
        other.role == socket.role and other.is_again and socket.ts_us < other.ts_us <= until_us
        for other in traffic.sockets
    )


def storms(traffic: Traffic) -> Iterator[str]:
    """Connection after connection without a pause."""
    for role in dict.fromkeys(socket.role for socket in traffic.sockets):
        opened = [socket.ts_us for socket in traffic.sockets if socket.role == role]
        times = sorted([*opened, *traffic.refused_us.get(role, ())])
        for first, last in zip(times, times[STORM:], strict=False):
            if last - first < 1_000_000:
                yield f"the {role} socket was tried {STORM + 1} times within a second"


def constant_back_off(traffic: Traffic) -> Iterator[str]:
    """Handshakes that were refused one after the other, and tried again at the same pace."""
    for role, times in traffic.refused_us.items():
        gaps = [later - earlier for earlier, later in pairwise(times)]
        is_slow = bool(gaps) and min(gaps) >= POLITE_US
        if len(times) >= ATTEMPTS and not is_slow and gaps[-1] < 1.5 * gaps[0]:
            paces = ", ".join(f"{gap / 1e6:.1f}" for gap in gaps[:4])
            yield f"the {role} socket was tried {len(times)} times, always after {paces} s"


def stale(traffic: Traffic) -> Iterator[str]:
    """Entries decided on prices that nobody has sent for a long time."""
    asked = [request.ts_us for request in traffic.requests if "market" in request.reads]
    heard = sorted([*traffic.data_us, *asked])
    if not heard:
        return
    for command in traffic.commands:
        last = bisect_right(heard, command.ts_us)
        if command.enters and last and command.ts_us - heard[last - 1] > OLD_US:
            age_s = (command.ts_us - heard[last - 1]) / 1e6
            yield f"{shown(command)} was sent {age_s:.0f} s after the last market data"


def unnoticed(traffic: Traffic) -> Iterator[str]:
    """A silence that nobody noticed: no further socket was opened, and nothing was asked for."""
    public = [socket.ts_us for socket in traffic.sockets if socket.role in {"public", "business"}]
    for began_us in traffic.hits.get("F6", ()):
        due_us = began_us + NOTICED_WITHIN_US
        ended = due_us > min(traffic.ended_us, began_us + traffic.silence_us)
        was_open = any(ts_us < began_us for ts_us in public)
        if ended or not was_open:
            continue
        tried = [*public, *traffic.refused_us.get("public", ())]
        if not any(began_us < ts_us <= due_us for ts_us in tried):
            yield f"public sockets carried nothing for {NOTICED_WITHIN_US / 1e6:.0f} s, unnoticed"
