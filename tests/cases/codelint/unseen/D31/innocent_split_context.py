"""Acquired on entering and released on leaving: the with statement stands between."""

import asyncio


class Turn:
    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock

    async def __aenter__(self) -> "Turn":
        await self._lock.acquire()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


class Writer:
    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self.rows: list[str] = []

    async def add(self, row: str) -> None:
        async with Turn(self._lock):
            self.rows.append(row)
