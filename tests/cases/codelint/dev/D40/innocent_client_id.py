"""Retries under one id, made before the loop; and retries of reads."""

import asyncio


class Submitter:
    def __init__(self, client, ids):
        self.client = client
        self.ids = ids

    async def limit(self, intent):
        client_order_id = self.ids.derive(intent)
        for attempt in range(3):
            try:
                async with asyncio.timeout(3):
                    return await self.client.place_order(
                        symbol=intent.symbol,
                        side=intent.side,
                        order_type="Limit",
                        price=intent.price,
                        quantity=intent.quantity,
                        position_idx=intent.position_idx,
                        reduce_only=intent.reduce_only,
                        client_order_id=client_order_id,
                    )
            except TimeoutError:
                await asyncio.sleep(2**attempt)
        raise TimeoutError(f"{client_order_id}: no answer in 3 attempts")

    async def positions(self, symbol):
        for attempt in range(3):
            try:
                async with asyncio.timeout(3):
                    return await self.client.get_positions(symbol)
            except TimeoutError:
                await asyncio.sleep(2**attempt)
        raise TimeoutError(f"positions of {symbol}: no answer in 3 attempts")
