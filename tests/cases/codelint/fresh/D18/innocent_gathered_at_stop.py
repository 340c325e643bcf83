"""Stored tasks that the run method waits for; their first failure ends it."""

import asyncio


class Engine:
    def __init__(self, parts) -> None:
        self.parts = parts
        self.tasks: list[asyncio.Task] = []

    async def run(self) -> None:
        self.tasks = [asyncio.create_task(part.run()) for part in self.parts]
        await asyncio.gather(*self.tasks)

    def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
