"""Outcomes read in the stop method, in a monitor loop, and by a task group."""

import asyncio
import logging

logger = logging.getLogger(__name__)


class StreamPool:
    def __init__(self, factory):
        self.factory = factory
        self.tasks = {}

    def open(self, symbol):
        self.tasks[symbol] = asyncio.create_task(self.factory(symbol).pump())

    async def watch(self):
        while True:
            for symbol, task in list(self.tasks.items()):
                if task.done() and not task.cancelled() and task.exception():
                    logger.error("%s died: %r", symbol, task.exception())
                    del self.tasks[symbol]
            await asyncio.sleep(1)

    async def stop(self):
        tasks = list(self.tasks.values())
        self.tasks.clear()
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                logger.error("while stopping: %r", result)
