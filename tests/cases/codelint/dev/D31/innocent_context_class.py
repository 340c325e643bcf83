"""Acquire in __aenter__, release in __aexit__: the with statement is the finally."""

import asyncio


class Turn:
    def __init__(self):
        self._lock = asyncio.Lock()

    async def __aenter__(self):
        await self._lock.acquire()
        return self

    async def __aexit__(self, exc_type, exc, tb):
        self._lock.release()


async def run(turn: Turn, work):
    async with turn:
        return work()
