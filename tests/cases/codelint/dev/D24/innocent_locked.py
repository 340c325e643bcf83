"""Read, await and write under one lock; the await is no network call."""

import asyncio


class Sequence:
    def __init__(self, journal: asyncio.Queue):
        self.journal = journal
        self.lock = asyncio.Lock()
        self.value = 0

    async def advance(self, compute) -> int:
        async with self.lock:
            value = self.value
            step = await asyncio.to_thread(compute, value)
            self.value = value + step
        return self.value
