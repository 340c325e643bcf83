"""asyncio.run by reference and by Runner, reached from coroutines."""

import asyncio


async def load(store):
    return await store.load()


class Sync:
    def __init__(self, store):
        self.store = store
        self.runner = asyncio.Runner()

    def rows(self):
        return self.runner.run(load(self.store))  # expect: D35@rows

    async def count(self):
        return len(self.rows())  # expect: D35@rows


async def twice(store):
    start = asyncio.run
    return start(load(store))  # expect: D35
