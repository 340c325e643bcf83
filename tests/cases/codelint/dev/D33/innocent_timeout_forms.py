"""Four ways to bound an exchange call."""

import asyncio


class Executor:
    def __init__(self, exchange, deadline_s: int):
        self.exchange = exchange
        self.deadline_s = deadline_s

    async def cancel_a(self, symbol, client_order_id):
        async with asyncio.timeout(self.deadline_s):
            await self.exchange.cancel_order(symbol, client_order_id=client_order_id)

    async def cancel_b(self, symbol, client_order_id):
        call = self.exchange.cancel_order(symbol, client_order_id=client_order_id)
        await asyncio.wait_for(call, timeout=self.deadline_s)

    async def cancel_c(self, symbol, client_order_id):
        await asyncio.wait_for(
            self.exchange.cancel_order(symbol, client_order_id=client_order_id), self.deadline_s
        )

    async def cancel_d(self, symbol, client_order_id):
        await self.exchange.cancel_order(
            symbol, client_order_id=client_order_id, timeout=self.deadline_s
        )
