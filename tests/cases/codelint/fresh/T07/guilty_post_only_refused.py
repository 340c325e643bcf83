"""A refused passive order is chased with a market order."""

import asyncio

import ccxt.async_support as ccxt


class Maker:
    def __init__(self, venue: ccxt.okx) -> None:
        self.venue = venue

    async def buy(self, symbol, amount, price, leg, ids):
        try:
            async with asyncio.timeout(3):
                return await self.venue.create_order(
                    symbol, "limit", "buy", amount, price, {"posSide": leg, "clOrdId": ids[0]}
                )
        except (ccxt.InvalidOrder, TimeoutError):
            async with asyncio.timeout(3):
                return await self.venue.create_order(  # expect: T07
                    symbol, "market", "buy", amount, None, {"posSide": leg, "clOrdId": ids[1]}
                )


async def work(client, intent, market_intent):
    order = await client.place_limit_order(intent, timeout=3)
    await asyncio.sleep(5)
    if not order.is_filled:
        order = await client.place_market_order(market_intent, timeout=3)  # expect: T07
    return order
