"""An unfilled or refused order is chased by a market order."""

import asyncio


class Chaser:
    def __init__(self, client):
        self.client = client

    async def enter(self, intent, patience_s):
        async with asyncio.timeout(3):
            limit = await self.client.place_limit_order(
                intent, position_idx=intent.position_idx, client_order_id=intent.first_id
            )
        await asyncio.sleep(patience_s)
        async with asyncio.timeout(3):
            state = await self.client.get_order(intent.symbol, intent.first_id)
        if not state.is_filled:
            async with asyncio.timeout(3):
                await self.client.place_market_order(  # expect: T07
                    intent, position_idx=intent.position_idx, client_order_id=intent.second_id
                )
        return limit

    async def stop_or_market(self, leg):
        try:
            async with asyncio.timeout(3):
                await self.client.place_conditional(leg, position_idx=leg.position_idx)
        except ValueError:
            async with asyncio.timeout(3):
                await self.client.create_market_order(  # expect: T07
                    leg.symbol, position_idx=leg.position_idx, client_order_id=leg.close_id
                )
