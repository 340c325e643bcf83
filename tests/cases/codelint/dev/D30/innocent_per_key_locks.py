"""One lock per symbol, and a semaphore that lets two in."""

import asyncio
from collections import defaultdict


class Registry:
    def __init__(self):
        self.locks = defaultdict(asyncio.Lock)
        self.main = asyncio.Lock()
        self.slots = asyncio.Semaphore(4)
        self.rows = {}

    async def put(self, symbol, row):
        async with self.locks[symbol]:
            self.rows[symbol] = row

    async def put_all(self, rows):
        async with self.main:
            for symbol, row in rows.items():
                await self.put(symbol, row)

    async def bounded(self, symbol, row):
        async with self.slots:
            await self.put(symbol, row)
