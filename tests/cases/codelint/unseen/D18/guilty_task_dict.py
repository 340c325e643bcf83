"""One candle stream per symbol; a stream that dies is noticed by nobody."""

import asyncio
from collections.abc import AsyncIterator


class Streams:
    def __init__(self, source) -> None:
        self.source = source
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.latest: dict[str, str] = {}

    async def _follow(self, symbol: str, candles: AsyncIterator[dict]) -> None:
        async for candle in candles:
            self.latest[symbol] = candle["close"]

    def add(self, symbol: str) -> None:
        candles = self.source.candles(symbol)
        self.tasks[symbol] = asyncio.create_task(self._follow(symbol, candles))  # expect: D18

    def remove(self, symbol: str) -> None:
        task = self.tasks.pop(symbol, None)
        if task is not None:
            task.cancel()
