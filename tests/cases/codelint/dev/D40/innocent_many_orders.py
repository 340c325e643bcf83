"""A loop over different orders is no retry."""

import asyncio


class LadderPlacer:
    def __init__(self, client):
        self.client = client

    async def place(self, leg, levels):
        placed = []
        for level in levels:
            async with asyncio.timeout(3):
                order = await self.client.place_order(
                    symbol=leg.symbol,
                    side=leg.closing_side,
                    order_type="Limit",
                    price=level.price,
                    quantity=level.quantity,
                    position_idx=leg.position_idx,
                    reduce_only=True,
                    client_order_id=level.client_order_id,
                )
            placed.append(order)
        return placed
