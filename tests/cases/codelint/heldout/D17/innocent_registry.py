"""Tasks kept in a dictionary by key, in a group of a caller, or as a returned tuple."""

import asyncio
import logging

logger = logging.getLogger(__name__)


def report(task):
    if not task.cancelled() and task.exception():
        logger.error("task failed", exc_info=task.exception())


class Hub:
    def __init__(self):
        self.by_symbol = {}

    def watch(self, symbol, job):
        task = asyncio.create_task(job(), name=symbol)
        task.add_done_callback(report)
        self.by_symbol[symbol] = task
        return task

    async def unwatch(self, symbol):
        task = self.by_symbol.pop(symbol, None)
        if task is not None:
            task.cancel()
            await asyncio.wait({task}, timeout=5)


def start_pair(left, right):
    return asyncio.create_task(left()), asyncio.create_task(right())


async def run(group: asyncio.TaskGroup, jobs):
    for job in jobs:
        group.create_task(job())
