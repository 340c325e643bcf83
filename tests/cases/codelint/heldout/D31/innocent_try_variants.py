"""finally in an outer try, an exit stack, and a release in a done callback of the task."""

import asyncio
import contextlib


class Journal:
    def __init__(self, sink):
        self.sink = sink
        self._lock = asyncio.Lock()

    async def write(self, row):
        locked = False
        try:
            locked = await self._lock.acquire()
            self.sink.append(row)
        finally:
            if locked:
                self._lock.release()

    async def write_many(self, rows):
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self._lock)
            for row in rows:
                self.sink.append(row)

    async def write_base(self, row):
        await self._lock.acquire()
        try:
            self.sink.append(row)
        except BaseException:
            self._lock.release()
            raise
        self._lock.release()
