"""Cancel-all that walks a dictionary which fills change meanwhile."""

import asyncio


class OrderBook:
    def __init__(self, client):
        self.client = client
        self.live = {}
        self.listeners = set()

    def on_update(self, order):
        if order.is_final:
            self.live.pop(order.client_order_id, None)
        else:
            self.live[order.client_order_id] = order

    def listen(self, listener):
        self.listeners.add(listener)

    async def cancel_all(self):
        for client_order_id, order in self.live.items():  # expect: D28
            async with asyncio.timeout(3):
                await self.client.cancel_order(order.symbol, client_order_id=client_order_id)

    async def announce(self, text):
        for listener in self.listeners:  # expect: D28
            await listener.send(text)
