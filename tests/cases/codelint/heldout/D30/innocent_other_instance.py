"""The same lock attribute of another instance; a lock released before the call."""

import asyncio


class Account:
    def __init__(self, name):
        self.name = name
        self.lock = asyncio.Lock()
        self.rows = []

    async def add(self, row):
        async with self.lock:
            self.rows.append(row)

    async def settle(self, row):
        async with self.lock:
            self.rows.append(row)
        await self.add(row)


class Pair:
    def __init__(self):
        self.left = Account("left")
        self.right = Account("right")
        self.lock = asyncio.Lock()

    async def add(self, row):
        async with self.lock:
            await self.left.add(row)
            await self.right.add(row)
