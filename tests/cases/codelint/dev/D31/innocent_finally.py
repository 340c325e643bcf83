"""Explicit acquire with release in finally, or handed to a callback that releases."""

import asyncio


class Writer:
    def __init__(self, sink):
        self.sink = sink
        self.lock = asyncio.Lock()
        self.slots = asyncio.Semaphore(8)

    async def write(self, row):
        await self.lock.acquire()
        try:
            self.sink.append(self.sink.encode(row))
        finally:
            self.lock.release()

    async def write_with(self, row):
        async with self.slots:
            self.sink.append(row)

    async def try_write(self, row):
        if self.lock.locked():
            return False
        async with self.lock:
            self.sink.append(row)
        return True
