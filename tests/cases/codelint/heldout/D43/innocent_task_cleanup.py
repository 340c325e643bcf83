"""Clean-up in a task of its own, by exit stack, or synchronous."""

import asyncio
import contextlib
import logging

logger = logging.getLogger(__name__)


def log_failure(task):
    if not task.cancelled() and task.exception():
        logger.error("clean-up failed", exc_info=task.exception())


class Grid:
    def __init__(self, store):
        self.store = store
        self.cleanups = set()

    async def run(self, job):
        try:
            return await job()
        finally:
            task = asyncio.create_task(self.store.flush())
            self.cleanups.add(task)
            task.add_done_callback(self.cleanups.discard)
            task.add_done_callback(log_failure)

    async def with_stack(self, job):
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self.store.flush)
            return await job()

    async def with_shield(self, job):
        try:
            return await job()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await asyncio.shield(self.store.flush())
