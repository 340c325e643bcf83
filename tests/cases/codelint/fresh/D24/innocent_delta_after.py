"""Only the difference is computed over the await; it is added to what is there then."""

import asyncio


class Inventory:
    def __init__(self) -> None:
        self.lots = 0
        self.turn = asyncio.Lock()

    async def add(self, source) -> None:
        delta = await source.delta()
        async with self.turn:
            self.lots = self.lots + delta

    async def scale(self, factor) -> None:
        async with self.turn:
            lots = self.lots
            ratio = await asyncio.to_thread(factor, lots)
            self.lots = lots * ratio
