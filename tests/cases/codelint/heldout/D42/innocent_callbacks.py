"""Thread-side results, done callbacks, and awaiting instead of waiting."""

import asyncio


class Store:
    def __init__(self, loop, pool):
        self.loop = loop
        self.pool = pool

    def count_from_thread(self):
        call = self.pool.fetchval("SELECT 1", timeout=2)
        return asyncio.run_coroutine_threadsafe(call, self.loop).result(timeout=3)

    async def count_in_thread(self):
        return await asyncio.to_thread(self.count_from_thread)

    async def later(self, sink):
        call = self.pool.fetchval("SELECT 1", timeout=2)
        future = asyncio.run_coroutine_threadsafe(call, self.loop)
        future.add_done_callback(lambda done: sink.append(done.result()))
