"""The outcome is read by a method given as callback, and by a supervisor loop."""

import asyncio
import logging

log = logging.getLogger(__name__)


class Feed:
    def __init__(self, source) -> None:
        self.source = source
        self.pump: asyncio.Task | None = None

    def start(self) -> None:
        self.pump = asyncio.create_task(self.source.pump())
        self.pump.add_done_callback(self._on_end)

    def _on_end(self, task: asyncio.Task) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("pump ended", exc_info=error)


class Sentinel:
    def __init__(self, job) -> None:
        self.task = asyncio.ensure_future(job)

    async def wait(self) -> None:
        await self.task
