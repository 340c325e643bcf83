"""Closing orders that may open the other way."""

import asyncio


class Closer:
    def __init__(self, client, ids):
        self.client = client
        self.ids = ids

    async def close_position(self, leg):
        side = "Sell" if leg.is_long else "Buy"
        async with asyncio.timeout(3):
            return await self.client.place_order(  # expect: T03
                symbol=leg.symbol,
                side=side,
                order_type="Market",
                quantity=leg.quantity,
                position_idx=leg.position_idx,
                client_order_id=self.ids.close(leg),
            )

    async def take_profit(self, leg, level):
        async with asyncio.timeout(3):
            return await self.client.place_order(  # expect: T03
                symbol=leg.symbol,
                side=leg.closing_side,
                order_type="Limit",
                price=level.price,
                quantity=level.quantity,
                position_idx=leg.position_idx,
                client_order_id=level.client_order_id,
                reduce_only=False,
            )
