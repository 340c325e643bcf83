"""Sleeps that are awaited under other names, and a sync sleep in a process worker."""

import asyncio
import time
from asyncio import sleep
from concurrent.futures import ProcessPoolExecutor


def slow_score(rows):
    time.sleep(0.001)
    return len(rows)


async def score(pool: ProcessPoolExecutor, rows):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(pool, slow_score, rows)


async def pace(gap_s):
    await sleep(gap_s)


class FakeTime:
    def sleep(self, seconds):
        self.now_s = seconds


async def simulate(fake: FakeTime):
    fake.sleep(3)
    await sleep(0)
