"""A task is asked whether it exists and whether it is done: no coroutine is a condition."""

import asyncio


class Heartbeat:
    def __init__(self) -> None:
        self._beat: asyncio.Task[None] | None = None
        self.failed = ""

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(20)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            self.failed = str(task.exception())

    async def start(self) -> None:
        if self._beat is None or self._beat.done():
            self._beat = asyncio.create_task(self._pulse(), name="heartbeat")
            self._beat.add_done_callback(self._ended)
