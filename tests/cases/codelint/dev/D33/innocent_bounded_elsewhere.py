"""The deadline is in the caller's wrapper, in a partial, or in the group around the tasks."""

import asyncio
from collections.abc import Awaitable


async def within(seconds: float, call: Awaitable):
    async with asyncio.timeout(seconds):
        return await call


class Flatten:
    def __init__(self, exchange):
        self.exchange = exchange

    async def run(self, legs):
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            for leg in legs:
                group.create_task(self.exchange.cancel_all_orders(leg.symbol))

    async def one(self, order):
        return await within(3, self.exchange.cancel_order(order.symbol, order.client_order_id))

    async def waited(self, order):
        call = self.exchange.cancel_order(order.symbol, order.client_order_id)
        done, late = await asyncio.wait({asyncio.ensure_future(call)}, timeout=3)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return [task.result() for task in done]
