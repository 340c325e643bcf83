import asyncio


class Transaction:
    def __init__(self):
        self.guard = asyncio.Lock()
        self.rows = []

    async def apply(self, changes):
        await self.guard.acquire()  # expect: D31
        for change in changes:
            self.rows.append(change.apply())
        self._done()

    def _done(self):
        self.guard.release()
