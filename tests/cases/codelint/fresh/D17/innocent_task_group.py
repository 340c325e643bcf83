"""A TaskGroup keeps and awaits its tasks; so does a set with a callback."""

import asyncio


class Spawner:
    def __init__(self) -> None:
        self.running: set[asyncio.Task] = set()

    def spawn(self, job) -> None:
        task = asyncio.create_task(job)
        self.running.add(task)
        task.add_done_callback(self.ended)

    def ended(self, task: asyncio.Task) -> None:
        self.running.discard(task)
        if not task.cancelled() and task.exception():
            print("failed:", task.exception())


async def warm(feeds) -> None:
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for feed in feeds:
            group.create_task(feed.warm())
