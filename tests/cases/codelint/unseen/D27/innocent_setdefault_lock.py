"""A lock for each symbol, made without an await; the check is made under it."""

import asyncio


class Entries:
    def __init__(self, desk) -> None:
        self.desk = desk
        self._locks: dict[str, asyncio.Lock] = {}
        self._orders: dict[str, str] = {}

    async def enter(self, symbol: str, intent) -> str:
        lock = self._locks.setdefault(symbol, asyncio.Lock())
        async with lock:
            if symbol not in self._orders:
                async with asyncio.timeout(3):
                    self._orders[symbol] = await self.desk.submit(intent)
            return self._orders[symbol]
