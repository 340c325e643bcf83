"""Break-even and trailing: the old stop goes first."""

import asyncio

import ccxt.async_support as ccxt


class Stops:
    def __init__(self, venue: ccxt.bybit) -> None:
        self.venue = venue

    async def to_breakeven(self, leg, link_id):
        async with asyncio.timeout(3):
            await self.venue.cancel_order(leg.stop_order_id, leg.symbol)  # expect: T16@breakeven
        params = {
            "stopLossPrice": leg.entry,
            "reduceOnly": True,
            "positionIdx": leg.position_idx,
            "orderLinkId": link_id,
        }
        async with asyncio.timeout(3):
            stop = await self.venue.create_order(  # expect: T16@breakeven
                leg.symbol, "market", leg.closing_side, leg.quantity, None, params
            )
        leg.stop_order_id = stop["id"]

    async def trail(self, client, leg, stop):
        await client.cancel_stop_loss(leg, timeout=3)  # expect: T16@trail
        await client.place_stop_loss(leg, stop, timeout=3)  # expect: T16@trail
