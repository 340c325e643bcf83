"""A thread lock around a few statements without await; asyncio.Lock across awaits."""

import asyncio
import threading


class Cache:
    def __init__(self, source):
        self.source = source
        self.guard = threading.Lock()
        self.turn = asyncio.Lock()
        self.rows = {}

    async def refresh(self, symbol):
        row = await self.source.read(symbol)
        with self.guard:
            self.rows[symbol] = row

    async def recompute(self, work):
        async with self.turn:
            result = await asyncio.to_thread(work, self.copy())
        return result

    def copy(self):
        with self.guard:
            return dict(self.rows)
