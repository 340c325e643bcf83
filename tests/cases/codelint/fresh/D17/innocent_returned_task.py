"""The task is the function's answer, or is awaited at once."""

import asyncio


async def tick(feed) -> int:
    return await feed.next()


def started(feed) -> asyncio.Task[int]:
    return asyncio.create_task(tick(feed))


async def first_of(feeds) -> int:
    tasks = [started(feed) for feed in feeds]
    done, late = await asyncio.wait(tasks, timeout=3, return_when=asyncio.FIRST_COMPLETED)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return max(task.result() for task in done)


async def now(feed) -> int:
    return await asyncio.create_task(tick(feed))
