"""Equal attribute names in different classes are different locks."""

import asyncio


class Orders:
    def __init__(self):
        self.first = asyncio.Lock()
        self.second = asyncio.Lock()
        self.rows = []

    async def add(self, row):
        async with self.first:
            async with self.second:
                self.rows.append(row)


class Legs:
    def __init__(self):
        self.first = asyncio.Lock()
        self.second = asyncio.Lock()
        self.rows = []

    async def add(self, row):
        async with self.second:
            async with self.first:
                self.rows.append(row)
