"""SIGUSR1 that comes before there is anything to halt: it is kept for the run that starts, since a
signal that nobody handles ends a process instead of halting it."""

from __future__ import annotations

import signal

__all__ = ["listen", "take"]

_heard: list[int] = []


def listen() -> None:
    """Keep every SIGUSR1 from now on, until an event loop handles it; main thread only."""
    signal.signal(signal.SIGUSR1, lambda number, _: _heard.append(number))


def take() -> bool:
    """Whether one was kept; it is forgotten then."""
    was_heard = bool(_heard)
    _heard.clear()
    return was_heard
