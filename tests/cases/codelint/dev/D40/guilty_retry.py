"""Order retries without an id of ours: a lost answer becomes a second order."""

import asyncio


class Submitter:
    def __init__(self, client):
        self.client = client

    async def market(self, symbol, side, quantity, position_idx):
        for attempt in range(3):
            try:
                async with asyncio.timeout(3):
                    return await self.client.place_order(  # expect: D40
                        symbol=symbol,
                        side=side,
                        order_type="Market",
                        quantity=quantity,
                        position_idx=position_idx,
                        reduce_only=False,
                    )
            except TimeoutError:
                await asyncio.sleep(2**attempt)
        raise TimeoutError(f"order for {symbol}: no answer in 3 attempts")
