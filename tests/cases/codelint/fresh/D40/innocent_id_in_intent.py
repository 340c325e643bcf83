"""The id is part of the intent, so that a repeated order is refused by the venue."""

import asyncio

from tenacity import retry, stop_after_attempt, wait_exponential


class Orders:
    def __init__(self, venue) -> None:
        self.venue = venue

    @retry(stop=stop_after_attempt(3), wait=wait_exponential(max=4), reraise=True)
    async def place(self, intent):
        async with asyncio.timeout(3):
            return await self.venue.place_order(
                symbol=intent.symbol,
                side=intent.side,
                order_type="Limit",
                price=intent.price,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                reduce_only=intent.reduce_only,
                client_order_id=intent.client_order_id,
            )
