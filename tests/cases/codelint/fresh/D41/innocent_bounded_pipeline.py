"""Bounded queues, and answers with a deadline."""

import asyncio
from collections import deque

SIZE = 256


class Pipeline:
    def __init__(self, handle) -> None:
        self.rows: asyncio.Queue[str] = asyncio.Queue(SIZE)
        self.handle = handle
        self.recent: deque[str] = deque(maxlen=50)

    async def run(self) -> None:
        while True:
            row = await self.rows.get()
            self.recent.append(row)
            await self.handle(row)

    async def next(self) -> str | None:
        try:
            return await asyncio.wait_for(self.rows.get(), 5)
        except TimeoutError:
            return None
