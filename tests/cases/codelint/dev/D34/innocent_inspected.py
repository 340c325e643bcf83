"""Every result is looked at; and the shutdown idiom after cancel."""

import asyncio
import logging

logger = logging.getLogger(__name__)


class Flattener:
    def __init__(self, orders):
        self.orders = orders
        self.tasks: list[asyncio.Task] = []

    async def cancel_all(self):
        results = await asyncio.gather(*(o.cancel() for o in self.orders), return_exceptions=True)
        for order, result in zip(self.orders, results, strict=True):
            if isinstance(result, BaseException):
                logger.error("%s not canceled: %r", order, result)
        return [r for r in results if not isinstance(r, BaseException)]

    async def shutdown(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
