"""Each closed candle starts an evaluation that nobody keeps."""

import asyncio


class Strategy:
    def __init__(self, symbols: tuple[str, ...]) -> None:
        self.symbols = symbols
        self.evaluated = 0

    async def evaluate(self, symbol: str, close: str) -> None:
        await asyncio.sleep(0)
        self.evaluated += 1

    def on_candle(self, message: dict) -> None:
        for row in message["data"]:
            if row["confirm"] and message["symbol"] in self.symbols:
                work = self.evaluate(message["symbol"], row["close"])
                asyncio.ensure_future(work)  # expect: D17
