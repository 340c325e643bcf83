"""Conditions, async iteration, and while loops that yield in a called coroutine."""

import asyncio


class Closer:
    def __init__(self, book):
        self.book = book
        self.changed = asyncio.Condition()

    async def wait_flat(self, symbol):
        async with self.changed:
            async with asyncio.timeout(30):
                while self.book.quantity(symbol) != 0:
                    await self.changed.wait()

    async def step_until(self, done):
        while not done():
            await self._step()

    async def _step(self):
        await asyncio.sleep(0.01)

    async def stream(self, rows):
        while rows:
            yield rows.pop(0)
