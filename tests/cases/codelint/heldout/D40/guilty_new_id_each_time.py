"""Retry wrappers around order creation; each attempt is a new order to the exchange."""

import asyncio
import uuid

import backoff


class Gateway:
    def __init__(self, exchange):
        self.exchange = exchange

    @backoff.on_exception(backoff.expo, TimeoutError, max_tries=4)  # expect: D40@buy
    async def market(self, symbol, side, amount, position_idx):
        params = {"positionIdx": position_idx, "reduceOnly": False}
        async with asyncio.timeout(5):
            return await self.exchange.create_order(  # expect: D40@buy
                symbol, "market", side, amount, None, params
            )

    async def limit(self, intent, attempts=3):
        while attempts:
            try:
                async with asyncio.timeout(5):
                    return await self.exchange.create_order(  # expect: D40@limit
                        intent.symbol,
                        "limit",
                        intent.side,
                        intent.quantity,
                        intent.price,
                        {
                            "positionIdx": intent.position_idx,
                            "reduceOnly": intent.reduce_only,
                            "clientOrderId": str(uuid.uuid4()),  # expect: D40@limit
                        },
                    )
            except TimeoutError:
                attempts -= 1
        raise TimeoutError(f"{intent.symbol}: no answer")
