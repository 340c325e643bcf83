"""One deadline for a sequence of calls; a cancel scope entered by an exit stack."""

import asyncio
import contextlib


class Operator:
    def __init__(self, exchange):
        self.exchange = exchange

    async def sweep(self, orders):
        async with asyncio.timeout(10):
            for order in orders:
                await self.exchange.cancel_order(order.symbol, order.client_order_id)

    async def sweep_stack(self, orders):
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(asyncio.timeout(10))
            for order in orders:
                await self.exchange.cancel_order(order.symbol, order.client_order_id)
