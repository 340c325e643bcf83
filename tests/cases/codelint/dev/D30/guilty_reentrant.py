"""asyncio.Lock is not re-entrant: the second acquisition waits for itself."""

import asyncio


class Limits:
    def __init__(self):
        self._lock = asyncio.Lock()
        self._spent = {}

    async def spent(self, symbol):
        async with self._lock:
            return self._spent.get(symbol, 0)

    async def spend(self, symbol, amount):
        async with self._lock:
            before = await self.spent(symbol)  # expect: D30
            self._spent[symbol] = before + amount
