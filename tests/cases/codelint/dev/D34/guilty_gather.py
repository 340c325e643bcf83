"""Failures become values that nobody looks at."""

import asyncio
import logging

logger = logging.getLogger(__name__)


class Flattener:
    def __init__(self, client):
        self.client = client

    async def cancel_all(self, orders):
        calls = [self._cancel(order) for order in orders]
        await asyncio.gather(*calls, return_exceptions=True)  # expect: D34
        logger.info("canceled %d orders", len(orders))

    async def _cancel(self, order):
        async with asyncio.timeout(3):
            await self.client.cancel_order(order.symbol, client_order_id=order.client_order_id)

    async def protect(self, legs):
        results = await asyncio.gather(  # expect: D34
            *(leg.set_stop() for leg in legs), return_exceptions=True
        )
        return len(results)
