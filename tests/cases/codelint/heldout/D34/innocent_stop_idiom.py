"""Cancelled tasks are gathered so that they end; their results are cancellations."""

import asyncio
import contextlib


class Group:
    def __init__(self):
        self._tasks = set()

    async def aclose(self):
        tasks = [task for task in self._tasks if not task.done()]
        for task in tasks:
            task.cancel("closing")
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()


async def cancel_one(task):
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
