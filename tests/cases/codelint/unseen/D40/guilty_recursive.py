"""An order that times out is sent again by the method calling itself."""

import asyncio
from decimal import Decimal

import ccxt.async_support as ccxt


class CcxtDesk:
    def __init__(self, venue: ccxt.bybit) -> None:
        self.venue = venue

    async def limit(self, symbol: str, side: str, amount: Decimal, price: Decimal, leg: int,
                    left: int = 3) -> dict:
        params = {"positionIdx": leg, "reduceOnly": False}
        try:
            async with asyncio.timeout(4):
                return await self.venue.create_order(  # expect: D40@again
                    symbol, "limit", side, str(amount), str(price), params
                )
        except (TimeoutError, ccxt.RequestTimeout):
            if left == 0:
                raise
            return await self.limit(symbol, side, amount, price, leg, left - 1)  # expect: D40@again
