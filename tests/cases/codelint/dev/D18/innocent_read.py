"""Stored tasks whose outcome is read: awaited, waited on, or through a callback."""

import asyncio
import contextlib
import logging

logger = logging.getLogger(__name__)


def log_failure(task: asyncio.Task) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.critical("%s died", task.get_name(), exc_info=task.exception())


class Stream:
    def __init__(self, socket, handler):
        self.socket = socket
        self.handler = handler
        self._pump_task: asyncio.Task | None = None

    async def start(self):
        self._pump_task = asyncio.create_task(self._pump(), name="pump")
        self._pump_task.add_done_callback(log_failure)

    async def stop(self):
        task, self._pump_task = self._pump_task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _pump(self):
        async for message in self.socket:
            await self.handler(message)
