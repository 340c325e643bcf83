"""The stop of a leg that is proven flat is cancelled, and entry orders may be replaced."""

import asyncio


class Cleaner:
    def __init__(self, client):
        self.client = client

    async def after_close(self, leg):
        async with asyncio.timeout(3):
            legs = await self.client.get_positions(leg.symbol)
        if any(row.position_idx == leg.position_idx and row.quantity for row in legs):
            return
        async with asyncio.timeout(3):
            await self.client.cancel_order(leg.symbol, client_order_id=leg.stop_id)

    async def replace_entry(self, intent, old_id):
        async with asyncio.timeout(3):
            await self.client.cancel_order(intent.symbol, client_order_id=old_id)
        async with asyncio.timeout(3):
            return await self.client.place_order(
                symbol=intent.symbol,
                side=intent.side,
                order_type="Limit",
                price=intent.price,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                client_order_id=intent.client_order_id,
                reduce_only=False,
            )
