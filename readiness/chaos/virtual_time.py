"""An event loop that never waits: when nothing is ready, its time jumps to the next timer.

Nothing in it touches a socket or the machine's clock, so the same seed runs the same way, and hours
pass in seconds. A loop with nothing left to happen, or one that spins without time passing, is a
defect of what runs in it and is raised as one.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from bot_trading import clock

__all__ = ["Stuck", "VirtualTimeLoop", "run_virtual"]

T = TypeVar("T")

_SPINS_MAX = 200_000


class Stuck(RuntimeError):
    """Nothing can happen any more, or things happen without end at one instant."""


class _JumpingSelector(selectors.BaseSelector):
    """Waits for nothing: moves the loop's time by as much as it was asked to wait."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._spins = 0
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = selectors.SelectorKey(fileobj, fileobj, events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("every task waits, and no timer will ever wake one")
        if timeout > 0:
            self.now_s += timeout
            self._spins = 0
            return []
        self._spins += 1
        if self._spins > _SPINS_MAX:
            self._spins = 0  # What is told of it still has to be cleaned up.
            raise Stuck(f"the loop turned {_SPINS_MAX} times without time passing")
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """See the module; `now_ns` is the time since the epoch that it stands for."""

    def __init__(self, start_ns: int) -> None:
        self._start_ns = start_ns
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jumping.now_s

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, in virtual time."""
        return self._start_ns + int(self._jumping.now_s * 1e9)


def run_virtual(main: Coroutine[Any, Any, T], start_ns: int) -> T:
    """Run `main` to its end under virtual time, the bot's clock included. Raises Stuck."""
    loop = VirtualTimeLoop(start_ns)
    with clock.told_by(loop.now_ns):
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                return runner.run(main)
        finally:
            loop.close()
