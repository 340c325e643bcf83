"""A refused limit order becomes a market order."""

import asyncio


class Entry:
    def __init__(self, client, ids):
        self.client = client
        self.ids = ids

    async def _place(self, intent, order_type, price=None):
        async with asyncio.timeout(3):
            return await self.client.place_order(
                symbol=intent.symbol,
                side=intent.side,
                order_type=order_type,
                price=price,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                client_order_id=self.ids.derive(intent, order_type),
                reduce_only=False,
            )

    async def enter(self, intent):
        try:
            return await self._place(intent, "Limit", intent.price)
        except ConnectionError:
            return await self._place(intent, "Market")  # expect: T07

    async def enter_or_chase(self, intent):
        order = await self._place(intent, "Limit", intent.price)
        if order is None or order.status == "Rejected":
            order = await self._place(intent, "Market")  # expect: T07
        return order
