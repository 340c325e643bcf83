"""Cancellation handled and passed on; or our own cancellation awaited."""

import asyncio
import contextlib
import logging

logger = logging.getLogger(__name__)


class Worker:
    def __init__(self, queue: asyncio.Queue):
        self.queue = queue
        self.task: asyncio.Task | None = None

    async def run(self):
        try:
            while True:
                item = await asyncio.wait_for(self.queue.get(), timeout=30)
                item.handle()
        except asyncio.CancelledError:
            logger.info("stopping with %d items left", self.queue.qsize())
            raise

    async def stop(self):
        task, self.task = self.task, None
        if task is None:
            return
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            logger.info("stopped")


async def stop_all(tasks):
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task
