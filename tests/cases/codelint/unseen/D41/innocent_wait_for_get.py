"""Silence of thirty seconds is an answer too: the watchdog is told."""

import asyncio


class Consumer:
    def __init__(self, watchdog) -> None:
        self.watchdog = watchdog
        self.inbox: asyncio.Queue[dict] = asyncio.Queue(maxsize=500)
        self.count = 0

    async def run(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self.inbox.get(), 30)
            except TimeoutError:
                self.watchdog.silent("consumer")
                continue
            self.count += 1
