"""Explicit acquire; an exception leaves the lock taken for ever."""

import asyncio


class Writer:
    def __init__(self, sink):
        self.sink = sink
        self.lock = asyncio.Lock()
        self.slots = asyncio.Semaphore(8)

    async def write(self, row):
        await self.lock.acquire()  # expect: D31
        encoded = self.sink.encode(row)
        self.sink.append(encoded)
        self.lock.release()

    async def write_checked(self, row):
        await self.slots.acquire()  # expect: D31
        if not row:
            return False
        self.sink.append(row)
        self.slots.release()
        return True
