"""asyncio.Condition gives its lock back while it waits; a flag avoids the second acquisition."""

import asyncio


class Latch:
    def __init__(self):
        self.condition = asyncio.Condition()
        self.ready = False

    async def open(self):
        async with self.condition:
            self.ready = True
            self.condition.notify_all()

    async def passed(self):
        async with self.condition:
            async with asyncio.timeout(5):
                await self.condition.wait_for(lambda: self.ready)

    async def append(self, rows, row, locked=False):
        if locked:
            rows.append(row)
            return
        async with self.condition:
            rows.append(row)
