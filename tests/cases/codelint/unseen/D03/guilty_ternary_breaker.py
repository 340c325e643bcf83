"""The circuit breaker decides whether the strategy runs in full or closes only."""

import asyncio
import enum


class Mode(enum.Enum):
    FULL = "full"
    CLOSE_ONLY = "close only"


class Breaker:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._losses = 0
        self._lock = asyncio.Lock()

    async def tripped(self) -> bool:
        async with self._lock:
            return self._losses >= self._limit

    async def lose(self) -> None:
        async with self._lock:
            self._losses += 1


async def mode_of(breaker: Breaker, maintenance: bool) -> Mode:
    return Mode.CLOSE_ONLY if maintenance or breaker.tripped() else Mode.FULL  # expect: D03
