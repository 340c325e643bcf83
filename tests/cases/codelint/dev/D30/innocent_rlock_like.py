"""The inner call is made only when the lock was given back."""

import asyncio


class Table:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.rows = []

    async def add(self, row):
        async with self.lock:
            self.rows.append(row)

    async def add_all(self, rows):
        async with self.lock:
            waiting = [row for row in rows if row not in self.rows]
        for row in waiting:
            await self.add(row)

    async def replace(self, rows):
        await self.lock.acquire()
        try:
            self.rows.clear()
        finally:
            self.lock.release()
        await self.add_all(rows)
