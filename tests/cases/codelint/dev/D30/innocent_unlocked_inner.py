"""The inner method expects the lock and takes none."""

import asyncio


class Limits:
    def __init__(self):
        self._lock = asyncio.Lock()
        self._spent = {}

    async def _spent_of(self, symbol):
        return self._spent.get(symbol, 0)

    async def spent(self, symbol):
        async with self._lock:
            return await self._spent_of(symbol)

    async def spend(self, symbol, amount):
        async with self._lock:
            before = await self._spent_of(symbol)
            self._spent[symbol] = before + amount

    async def spend_and_show(self, symbol, amount):
        await self.spend(symbol, amount)
        return await self.spent(symbol)
