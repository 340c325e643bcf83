"""Tasks that are kept, awaited, returned, or owned by a group."""

import asyncio
import logging

logger = logging.getLogger(__name__)


class Engine:
    def __init__(self, bus):
        self.bus = bus
        self._tasks: set[asyncio.Task] = set()

    def _finished(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("publishing failed", exc_info=task.exception())

    async def on_fill(self, fill):
        task = asyncio.create_task(self.bus.publish(fill))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def on_batch(self, fills):
        async with asyncio.TaskGroup() as group:
            for fill in fills:
                group.create_task(self.bus.publish(fill))

    async def on_urgent(self, fill):
        await asyncio.create_task(self.bus.publish(fill))

    def start(self) -> asyncio.Task:
        return asyncio.create_task(self.bus.run())
