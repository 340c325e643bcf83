"""Locks that some path leaves taken."""

import asyncio


class Journal:
    def __init__(self, sink):
        self.sink = sink
        self._lock = asyncio.Lock()
        self._permits = asyncio.BoundedSemaphore(2)

    async def write(self, row):
        await self._lock.acquire()  # expect: D31
        try:
            self.sink.append(row)
        except OSError:
            self._lock.release()
            raise
        else:
            self.sink.flush()
        self._lock.release()

    async def compact(self):
        await asyncio.wait_for(self._permits.acquire(), timeout=1)  # expect: D31
        removed = self.sink.compact()
        self._permits.release()
        return removed
