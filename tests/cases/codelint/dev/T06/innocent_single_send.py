"""One send; an unknown outcome is asked for, not sent again."""

import asyncio


class Submitter:
    def __init__(self, client):
        self.client = client

    async def submit(self, intent):
        try:
            async with asyncio.timeout(3):
                return await self.client.place_order(
                    symbol=intent.symbol,
                    side=intent.side,
                    quantity=intent.quantity,
                    position_idx=intent.position_idx,
                    reduce_only=intent.reduce_only,
                    client_order_id=intent.client_order_id,
                )
        except TimeoutError:
            return await self.resolve(intent)

    async def resolve(self, intent):
        for attempt in range(5):
            async with asyncio.timeout(3):
                order = await self.client.find_order(intent.symbol, intent.client_order_id)
            if order is not None:
                return order
            await asyncio.sleep(2**attempt)
        raise LookupError(f"{intent.client_order_id}: the exchange does not know it")
