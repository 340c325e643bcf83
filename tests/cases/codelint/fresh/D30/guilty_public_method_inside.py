"""A public locked method calls another one."""

import asyncio


class Inventory:
    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._lots: dict[str, int] = {}

    async def of(self, symbol: str) -> int:
        async with self._turn:
            return self._lots.get(symbol, 0)

    async def move(self, symbol: str, lots: int) -> int:
        async with self._turn:
            before = await self.of(symbol)  # expect: D30
            self._lots[symbol] = before + lots
            return before

    async def clear(self) -> None:
        async with self._turn:
            for symbol in list(self._lots):
                await self._drop(symbol)  # expect: D30@drop

    async def _drop(self, symbol: str) -> None:
        if await self.of(symbol):  # expect: D30@drop
            self._lots.pop(symbol)
