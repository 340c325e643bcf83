"""Clean-up by await where a second cancellation ends it half-way."""

import asyncio


class Grid:
    def __init__(self, venue, store):
        self.venue = venue
        self.store = store

    async def run(self, symbol):
        opened = []
        try:
            async for level in self.venue.levels(symbol):
                opened.append(await self.store.add(level))
        finally:
            for row in opened:
                await self.store.remove(row)  # expect: D43

    async def locked(self, job):
        try:
            return await job()
        except ValueError:
            return None
        finally:
            if self.store.is_dirty:
                await self.store.flush()  # expect: D43


async def stream(source):
    try:
        async for row in source:
            yield row
    finally:
        await asyncio.wait_for(source.aclose(), timeout=2)  # expect: D43
