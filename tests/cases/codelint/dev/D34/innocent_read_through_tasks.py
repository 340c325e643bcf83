"""The tasks are asked themselves after the gather."""

import asyncio
import logging

logger = logging.getLogger(__name__)


async def write_all(stores, row):
    tasks = [asyncio.ensure_future(store.write(row)) for store in stores]
    await asyncio.gather(*tasks, return_exceptions=True)
    failed = [task for task in tasks if task.exception() is not None]
    for task in failed:
        logger.error("write failed: %r", task.exception())
    return len(tasks) - len(failed)
