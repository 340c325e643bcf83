"""All tasks of the engine are kept in a list and watched: the first that ends stops the rest."""

import asyncio


class Engine:
    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self.beats = 0

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.beats += 1

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(60)

    async def run(self) -> None:
        self._tasks.append(asyncio.create_task(self._beat()))
        self._tasks.append(asyncio.create_task(self._report()))
        done, pending = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        for task in done:
            task.result()
