"""Wrapped and awaited; results of an executor's futures in a worker thread."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


async def other_loop(job, loop):
    future = asyncio.run_coroutine_threadsafe(job(), loop)
    async with asyncio.timeout(5):
        return await asyncio.wrap_future(future)


def squares(values: list[int]) -> list[int]:
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(pow, value, 2) for value in values]
        return [future.result() for future in futures]


async def later(values: list[int]) -> list[int]:
    return await asyncio.to_thread(squares, values)
