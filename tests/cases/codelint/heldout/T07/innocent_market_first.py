"""Market orders that nothing failed before: by signal urgency, and the last rung of a ladder."""

import asyncio


class Exit:
    def __init__(self, client):
        self.client = client

    async def run(self, leg, urgent):
        if urgent:
            return await self._market(leg)
        async with asyncio.timeout(3):
            return await self.client.place_order(
                symbol=leg.symbol,
                side=leg.closing_side,
                order_type="Limit",
                price=leg.target_price,
                quantity=leg.quantity,
                position_idx=leg.position_idx,
                client_order_id=leg.close_id,
                reduce_only=True,
            )

    async def _market(self, leg):
        async with asyncio.timeout(3):
            return await self.client.place_order(
                symbol=leg.symbol,
                side=leg.closing_side,
                order_type="Market",
                quantity=leg.quantity,
                position_idx=leg.position_idx,
                client_order_id=leg.close_id,
                reduce_only=True,
            )
