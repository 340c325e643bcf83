"""The bound comes from a constant or a parameter; a queue of a thread has its timeout."""

import asyncio
import queue

SIZE = 4096


class Feed:
    def __init__(self, size: int = SIZE):
        self.rows = asyncio.Queue(size)
        self.lines = asyncio.Queue(maxsize=SIZE)
        self.thread_rows = queue.Queue(SIZE)

    async def run(self, handler):
        while True:
            handler(await self.rows.get())

    async def run_lines(self, handler):
        while (line := await self.lines.get()) is not None:
            handler(line)

    def thread(self, handler):
        handler(self.thread_rows.get(timeout=1))
