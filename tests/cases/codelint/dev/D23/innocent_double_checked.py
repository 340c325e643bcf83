"""Lazy creation under a lock, checked again inside."""

import asyncio


class Schema:
    def __init__(self, maker):
        self.maker = maker
        self._lock = asyncio.Lock()
        self._tables = None

    async def tables(self):
        if self._tables is None:
            async with self._lock:
                if self._tables is None:
                    self._tables = await asyncio.to_thread(self.maker.build)
        return self._tables
