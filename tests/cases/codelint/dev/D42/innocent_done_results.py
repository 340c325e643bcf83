"""`result` of finished tasks, and a wrapped future that is awaited."""

import asyncio


async def first(jobs):
    tasks = [asyncio.create_task(job()) for job in jobs]
    done, pending = await asyncio.wait(tasks, timeout=5)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return [task.result() for task in done]


async def from_other_loop(coro, other_loop):
    future = asyncio.run_coroutine_threadsafe(coro, other_loop)
    return await asyncio.wait_for(asyncio.wrap_future(future), timeout=5)
