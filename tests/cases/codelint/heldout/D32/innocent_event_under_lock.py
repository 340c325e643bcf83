"""Awaits under the lock that stay inside the process."""

import asyncio


class Batcher:
    def __init__(self, outbox: asyncio.Queue):
        self.outbox = outbox
        self.lock = asyncio.Lock()
        self.rows = []

    async def add(self, row):
        async with self.lock:
            self.rows.append(row)
            if len(self.rows) >= 50:
                await self.outbox.put(self.rows)
                self.rows = []
            await asyncio.sleep(0)
