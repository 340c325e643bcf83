"""Many locks at once, always in the order of their names."""

import asyncio
from contextlib import AsyncExitStack


class SymbolLocks:
    def __init__(self, symbols: list[str]) -> None:
        self._locks = {symbol: asyncio.Lock() for symbol in symbols}
        self.moved = 0

    async def move(self, source: str, target: str) -> None:
        async with AsyncExitStack() as stack:
            for symbol in sorted({source, target}):
                await stack.enter_async_context(self._locks[symbol])
            self.moved += 1
