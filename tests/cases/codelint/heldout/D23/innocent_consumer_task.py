"""A state that only one task touches: the private consumer of a bounded queue."""

import asyncio
import logging

logger = logging.getLogger(__name__)


class Ledger:
    def __init__(self, sink):
        self._sink = sink
        self._inbox = asyncio.Queue(maxsize=500)
        self._batch_rows = 0
        self._task = None

    def offer(self, row):
        self._inbox.put_nowait(row)

    def start(self):
        task = asyncio.create_task(self._consume())
        task.add_done_callback(self._ended)
        self._task = task

    def _ended(self, task):
        if not task.cancelled() and task.exception():
            logger.critical("ledger died", exc_info=task.exception())

    async def _consume(self):
        while True:
            row = await self._inbox.get()
            if self._batch_rows >= 100:
                await self._sink.flush()
                self._batch_rows = 0
            await self._sink.write(row)
            self._batch_rows += 1
