"""The subclass holds the parent's lock and calls the parent's locked method."""

import asyncio


class Base:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.rows = []

    async def append(self, row):
        async with self.lock:
            self.rows.append(row)

    async def clear(self):
        await self.lock.acquire()
        try:
            self.rows.clear()
        finally:
            self.lock.release()


class Batch(Base):
    async def extend(self, rows):
        async with self.lock:
            for row in rows:
                await self.append(row)  # expect: D30

    async def replace(self, rows):
        async with self.lock:
            await super().clear()  # expect: D30
            self.rows.extend(rows)
