"""Iteration over snapshots and over locals."""

import asyncio


class OrderBook:
    def __init__(self, client):
        self.client = client
        self.live = {}

    def on_update(self, order):
        self.live[order.client_order_id] = order

    async def cancel_all(self):
        for client_order_id, order in list(self.live.items()):
            async with asyncio.timeout(3):
                await self.client.cancel_order(order.symbol, client_order_id=client_order_id)

    async def announce(self, text):
        for listener in tuple(self.live.values()):
            await listener.send(text)
        for order in self.live.copy().values():
            await order.touch()

    def count(self):
        return sum(1 for order in self.live.values() if order.is_open)
