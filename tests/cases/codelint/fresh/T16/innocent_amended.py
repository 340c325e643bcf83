"""The stop is amended in place, or the old one goes when the new one is confirmed."""

import asyncio


class Stops:
    def __init__(self, client) -> None:
        self.client = client

    async def trail(self, leg, trigger) -> None:
        async with asyncio.timeout(3):
            await self.client.amend_order(leg.symbol, leg.stop_id, trigger_price=trigger)

    async def exchange(self, leg, stop) -> None:
        old_id = leg.stop_id
        async with asyncio.timeout(3):
            placed = await self.client.place_stop_loss(leg, stop)
        if not placed.is_resting:
            raise RuntimeError(f"{stop.client_order_id}: the new stop does not rest")
        leg.stop_id = placed.client_order_id
        async with asyncio.timeout(3):
            await self.client.cancel_stop_loss(leg.symbol, old_id)
