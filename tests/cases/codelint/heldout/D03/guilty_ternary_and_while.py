"""Gate of the arbitrage strategy: coroutine objects in boolean places."""

import asyncio


class Gate:
    def __init__(self, venues):
        self.venues = venues

    async def is_connected(self, name) -> bool:
        return await self.venues[name].ping()

    async def choose(self, first, second):
        return first if self.is_connected(first) else second  # expect: D03

    async def hold(self, name):
        while self.is_connected(name):  # expect: D03
            await asyncio.sleep(1)

    async def require(self, name):
        assert self.is_connected(name), f"{name} is away"  # expect: D03
