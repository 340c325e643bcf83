"""The first asker leaves a task in the mapping at once; the others await the same one."""

import asyncio


class Instruments:
    def __init__(self, source) -> None:
        self.source = source
        self._asked: dict[str, asyncio.Task[dict]] = {}

    async def _read(self, symbol: str) -> dict:
        async with asyncio.timeout(5):
            return await self.source.instrument(symbol)

    async def of(self, symbol: str) -> dict:
        task = self._asked.get(symbol)
        if task is None:
            task = asyncio.create_task(self._read(symbol))
            self._asked[symbol] = task
        return await asyncio.shield(task)
