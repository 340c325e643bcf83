"""Locks taken by hand; some paths forget them."""

import asyncio

import anyio


class Slots:
    def __init__(self, size: int) -> None:
        self.free = asyncio.BoundedSemaphore(size)
        self.turn = anyio.Lock()

    async def place(self, intent, send):
        await self.free.acquire()  # expect: D31
        answer = await send(intent)
        self.free.release()
        return answer

    async def swap(self, table, name):
        await self.turn.acquire()  # expect: D31
        if name not in table:
            raise KeyError(name)
        table[name] = not table[name]
        self.turn.release()
