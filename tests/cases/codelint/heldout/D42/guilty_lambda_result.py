import asyncio


class Facade:
    def __init__(self, loop, store):
        self.loop = loop
        self.store = store

    def _sync(self, coro):
        return asyncio.run_coroutine_threadsafe(coro, self.loop).result(5)  # expect: D42@sync

    def rows(self):
        return self._sync(self.store.rows())

    async def count(self):
        return len(self.rows())  # expect: D42@sync
