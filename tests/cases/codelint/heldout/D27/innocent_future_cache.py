"""The first caller stores a task at once; the others await the same task."""

import asyncio


class Instruments:
    def __init__(self, desk):
        self.desk = desk
        self.loading = {}
        self.stops = {}

    async def rule(self, symbol):
        if symbol not in self.loading:
            self.loading[symbol] = asyncio.create_task(self.desk.rule(symbol))
        async with asyncio.timeout(5):
            return await asyncio.shield(self.loading[symbol])

    async def protect(self, leg):
        pending = object()
        if self.stops.setdefault(leg.key, pending) is not pending:
            return False
        await self.desk.note(leg)
        return True
