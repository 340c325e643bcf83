"""The blocking helper is passed as a value, wrapped in partial, or registered as a callback."""

import asyncio
import functools
import time


def settle(gap_s):
    time.sleep(gap_s)


class Runner:
    def __init__(self, pool):
        self.pool = pool
        self.on_exit = [functools.partial(settle, 1)]

    async def run(self, gap_s):
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self.pool, settle, gap_s)
        await asyncio.to_thread(functools.partial(settle, gap_s))

    def close(self):
        for callback in self.on_exit:
            callback()
