import asyncio


class Group:
    def __init__(self) -> None:
        self.tasks: set[asyncio.Task] = set()

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel("closing")
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()

    async def first_failure(self, jobs) -> None:
        results = await asyncio.gather(*jobs, return_exceptions=False)
        print(len(results), "done")
