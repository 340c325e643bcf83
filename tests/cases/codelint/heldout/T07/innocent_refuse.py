"""A limit order without price is denied; a failed one is tried again as a limit order."""

import asyncio


class Router:
    def __init__(self, client):
        self.client = client

    async def send(self, intent):
        if intent.order_type == "Limit" and intent.price is None:
            raise ValueError(f"{intent.client_order_id}: a limit order needs a price")
        async with asyncio.timeout(3):
            return await self.client.place_order(
                symbol=intent.symbol,
                side=intent.side,
                order_type=intent.order_type,
                price=intent.price,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                client_order_id=intent.client_order_id,
                reduce_only=intent.reduce_only,
            )

    async def requote(self, intent, price):
        try:
            return await self.send(intent)
        except ConnectionRefusedError:
            return await self.send(intent.with_price(price))
