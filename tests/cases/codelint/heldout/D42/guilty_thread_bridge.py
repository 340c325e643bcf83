"""The loop's own thread waits for a coroutine that the loop would have to run."""

from asyncio import get_running_loop, run_coroutine_threadsafe


class Store:
    def __init__(self, loop, pool):
        self.loop = loop
        self.pool = pool

    def count(self):
        future = run_coroutine_threadsafe(self.pool.fetchval("SELECT 1", timeout=2), self.loop)
        return future.result()  # expect: D42@count

    async def report(self):
        return f"{self.count()} rows"  # expect: D42@count


async def submit(engine, intent):
    future = run_coroutine_threadsafe(engine.process(intent), get_running_loop())
    return future.result(timeout=1)  # expect: D42
