"""Plain callbacks need no task to be kept."""

import asyncio


class Ticker:
    def __init__(self, book):
        self.book = book
        self.handle: asyncio.TimerHandle | None = None

    async def start(self):
        loop = asyncio.get_running_loop()
        loop.call_soon(self.book.refresh)
        self.handle = loop.call_later(1, self.book.refresh)

    async def first(self, jobs):
        loop = asyncio.get_running_loop()
        tasks = {loop.create_task(job()) for job in jobs}
        return await asyncio.wait_for(asyncio.gather(*tasks), timeout=5)
