"""Workers that eat their cancellation."""

import asyncio
import logging

logger = logging.getLogger(__name__)


class Worker:
    def __init__(self, queue: asyncio.Queue):
        self.queue = queue

    async def run(self):
        while True:
            try:
                item = await asyncio.wait_for(self.queue.get(), timeout=30)
                await item.handle()
            except TimeoutError:
                logger.debug("idle")
            except asyncio.CancelledError:  # expect: D21
                logger.info("worker was cancelled")


async def refresh(source):
    try:
        return await source.read()
    except asyncio.CancelledError:  # expect: D21
        return None
