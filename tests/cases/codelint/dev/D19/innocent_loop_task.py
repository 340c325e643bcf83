"""The same calls, kept."""

import asyncio
import logging

logger = logging.getLogger(__name__)


class Feed:
    def __init__(self, source, loop: asyncio.AbstractEventLoop):
        self.source = source
        self.loop = loop
        self.backfills: set[asyncio.Task] = set()

    def _done(self, task: asyncio.Task) -> None:
        self.backfills.discard(task)
        if not task.cancelled() and task.exception():
            logger.error("backfill failed: %s", task.exception())

    def on_gap(self, symbol):
        task = self.loop.create_task(self.source.backfill(symbol))
        self.backfills.add(task)
        task.add_done_callback(self._done)

    async def on_open(self):
        loop = asyncio.get_running_loop()
        await loop.create_task(self.source.subscribe())
