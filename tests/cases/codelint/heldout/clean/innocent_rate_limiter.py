"""Token bucket per endpoint group; exits overtake entries; stale entries are dropped."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

Call = Callable[[], Awaitable[Any]]


class Priority(IntEnum):
    EXIT = 0
    CANCEL = 1
    ENTRY = 2
    READ = 3


class StaleError(Exception):
    """The call waited longer than it was worth."""


@dataclass(order=True, slots=True)
class Waiting:
    priority: Priority
    number: int
    call: Call = field(compare=False)
    expires_s: float = field(compare=False)
    answer: asyncio.Future[Any] = field(compare=False)


class Scheduler:
    """Sends at most `rate` calls per second, in order of priority, with a deadline for each."""

    def __init__(self, rate: int, call_timeout_s: float = 5.0) -> None:
        self._gap_s = 1 / rate
        self._call_timeout_s = call_timeout_s
        self._heap: list[Waiting] = []
        self._numbers = itertools.count()
        self._arrived = asyncio.Event()
        self.stale = 0

    async def submit(self, priority: Priority, call: Call, patience_s: float) -> Any:
        loop = asyncio.get_running_loop()
        waiting = Waiting(
            priority=priority,
            number=next(self._numbers),
            call=call,
            expires_s=loop.time() + patience_s,
            answer=loop.create_future(),
        )
        heapq.heappush(self._heap, waiting)
        self._arrived.set()
        async with asyncio.timeout(patience_s + self._call_timeout_s):
            return await waiting.answer

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while True:
                await self._arrived.wait()
                while self._heap:
                    waiting = heapq.heappop(self._heap)
                    if waiting.answer.done():
                        continue
                    if loop.time() > waiting.expires_s:
                        self.stale += 1
                        waiting.answer.set_exception(StaleError("it waited too long"))
                        continue
                    group.create_task(self._send(waiting))
                    await asyncio.sleep(self._gap_s)
                self._arrived.clear()

    async def _send(self, waiting: Waiting) -> None:
        try:
            async with asyncio.timeout(self._call_timeout_s):
                result = await waiting.call()
        except Exception as error:
            if not waiting.answer.done():
                waiting.answer.set_exception(error)
            return
        if not waiting.answer.done():
            waiting.answer.set_result(result)
