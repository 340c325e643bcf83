"""The stop is removed by zero, by a batch cancel, and by an edit of the whole bracket."""

import asyncio


class Bracket:
    def __init__(self, client):
        self.client = client

    async def tighten(self, leg, stop):
        async with asyncio.timeout(3):
            await self.client.set_trading_stop(  # expect: T16@tighten
                leg.symbol, position_idx=leg.position_idx, stop_loss="0"
            )
        async with asyncio.timeout(3):
            await self.client.set_trading_stop(  # expect: T16@tighten
                leg.symbol, position_idx=leg.position_idx, stop_loss=str(stop)
            )

    async def rebuild(self, leg, plan):
        async with asyncio.timeout(5):
            await self.client.cancel_orders(leg.protective_ids)  # expect: T16@rebuild
        for step in plan:
            async with asyncio.timeout(3):
                await self.client.place_stop_order(leg, step)  # expect: T16@rebuild
