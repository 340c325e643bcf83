"""A feeder sleeps in a thread of its own; the coroutine only starts it."""

import asyncio
import threading
import time


class ReplayFeed:
    def __init__(self, rows: list[dict], loop: asyncio.AbstractEventLoop) -> None:
        self._rows = rows
        self._loop = loop
        self.out: asyncio.Queue[dict] = asyncio.Queue(maxsize=1000)

    def _feed(self) -> None:
        for row in self._rows:
            time.sleep(0.01)
            self._loop.call_soon_threadsafe(self.out.put_nowait, row)

    async def start(self) -> None:
        threading.Thread(target=self._feed, name="replay", daemon=True).start()

    async def next(self) -> dict:
        async with asyncio.timeout(5):
            return await self.out.get()
