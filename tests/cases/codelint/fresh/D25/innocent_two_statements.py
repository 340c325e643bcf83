import asyncio


class Stats:
    def __init__(self) -> None:
        self.rows = 0
        self.best = 0
        self.worked = 0
        self.turn = asyncio.Lock()

    async def load(self, source) -> None:
        count = await source.count()
        self.rows += count
        self.best = max(self.best, count)

    async def load_locked(self, work) -> None:
        async with self.turn:
            self.worked += await asyncio.to_thread(work)
