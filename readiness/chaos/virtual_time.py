"""An event loop that never waits: when nothing is ready, its time jumps to the next timer.

Nothing in it touches a socket or the machine's clock, so the same seed runs the same way, and hours
pass in seconds. A loop with nothing left to happen, or one that spins without time passing, is a
defect of what runs in it and is raised as one.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from itertools import count
from typing import Any, TypeVar, TypeVarTuple

from bot_trading import clock
from bot_trading.errors import BotTradingError

__all__ = ["Stuck", "VirtualTimeLoop", "end_all", "problem_of", "run_virtual"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_SPINS_MAX = 200_000


class Stuck(RuntimeError):
    """Nothing can happen any more, or things happen without end at one instant."""


class _Call(asyncio.TimerHandle):
    """A callback to come. Sessions make a hundred thousand of them, and what asyncio's own prepare
    for debugging cost as much as what they call."""

    __slots__ = ()

    def __init__(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: VirtualTimeLoop,
        context: Context | None,
        when_s: float,
    ) -> None:
        self._context = copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = self._source_traceback = None
        self._when = when_s
        self._scheduled = False

    def cancel(self) -> None:
        """It will not be called."""
        self._cancelled = True


class VirtualTimeLoop(asyncio.BaseEventLoop):
    """See the module; `now_ns` is the time since the epoch that it stands for.

    Calls of one instant are made in the order in which they were asked for.
    """

    _stopping: bool  # asyncio's own, set by `stop`.

    def __init__(self, start_ns: int) -> None:
        super().__init__()
        self._start_ns = start_ns
        self._now_s = 0.0
        self._due: deque[_Call] = deque()
        self._timers: list[tuple[float, int, _Call]] = []
        self._number = count()

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._now_s

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, in virtual time."""
        return self._start_ns + int(self._now_s * 1e9)

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call it in the loop's next turn."""
        call = _Call(callback, args, self, context, self._now_s)
        self._due.append(call)
        return call

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """As `call_soon`: there is one thread only."""
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call it after so many seconds."""
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call it at this time of the loop."""
        call = _Call(callback, args, self, context, when)
        heapq.heappush(self._timers, (when, next(self._number), call))
        return call

    def _run_once(self) -> None:
        """What asyncio's loop turns until it is told to stop; here it turns by itself."""
        due, timers, spins = self._due, self._timers, 0
        while not self._stopping:
            while timers and timers[0][2]._cancelled:
                heapq.heappop(timers)
            if due:
                spins += 1
                if spins > _SPINS_MAX:
                    raise Stuck(f"the loop turned {_SPINS_MAX} times without time passing")
            elif timers:
                spins, self._now_s = 0, max(self._now_s, timers[0][0])
            else:
                raise Stuck("every task waits, and no timer will ever wake one")
            while timers and timers[0][0] <= self._now_s:
                due.append(heapq.heappop(timers)[2])
            for _ in range(len(due)):
                call = due.popleft()
                if not call._cancelled:
                    call._run()


def run_virtual(main: Coroutine[Any, Any, T], start_ns: int) -> T:
    """Run `main` to its end under virtual time, the bot's clock included. Raises Stuck."""
    loop = VirtualTimeLoop(start_ns)
    with clock.told_by(loop.now_ns):
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                return runner.run(main)
        finally:
            loop.close()


def problem_of(main: Coroutine[Any, Any, None], start_ns: int) -> str | None:
    """Run a session under virtual time; in words how its bot hung or failed, or None."""
    try:
        run_virtual(main, start_ns)
    except (Stuck, BotTradingError) as error:
        return f"{type(error).__name__}: {error}"
    return None


async def end_all(tasks: set[asyncio.Task[Any]]) -> None:
    """As a killed process ends: wherever it stood, and it may not object."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
