"""The executor waits for signals; nobody tells it when the strategy is dead."""

import asyncio


class Executor:
    def __init__(self, desk) -> None:
        self.desk = desk
        self.signals: asyncio.Queue[dict] = asyncio.Queue()
        self.handled = 0

    async def run(self) -> None:
        while True:
            signal = await self.signals.get()  # expect: D41
            async with asyncio.timeout(3):
                await self.desk.handle(signal)
            self.handled += 1
