"""The symbols are a tuple that is set once: nobody changes it during the loop."""

import asyncio


class Warmup:
    def __init__(self, source, symbols: tuple[str, ...]) -> None:
        self.source = source
        self.symbols = symbols
        self.rows: dict[str, list] = {}

    async def run(self) -> None:
        for symbol in self.symbols:
            async with asyncio.timeout(10):
                rows = await self.source.candles(symbol)
            self.rows[symbol] = rows
