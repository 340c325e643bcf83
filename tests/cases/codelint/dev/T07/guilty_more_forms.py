"""Market by default, by `or`, and after a rejected post-only order."""

import asyncio


class Router:
    def __init__(self, client):
        self.client = client

    async def send(self, intent):
        order_type = intent.order_type or "Market"  # expect: T07|T05
        async with asyncio.timeout(3):
            return await self.client.place_order(
                symbol=intent.symbol,
                side=intent.side,
                order_type=order_type,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                client_order_id=intent.client_order_id,
                reduce_only=intent.reduce_only,
            )

    async def passive(self, maker, taker):
        order = await self.client.place_post_only(maker, timeout=3)
        if order.status in {"Rejected", "Cancelled"}:
            return await self.client.place_market_order(taker, timeout=3)  # expect: T07
        return order
