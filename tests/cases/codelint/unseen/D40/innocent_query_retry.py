"""Only questions are repeated; the order itself is sent once."""

import asyncio

from tenacity import retry, stop_after_attempt, wait_exponential


class Desk:
    def __init__(self, venue) -> None:
        self.venue = venue

    @retry(stop=stop_after_attempt(4), wait=wait_exponential(max=8))
    async def open_orders(self, symbol: str) -> list[dict]:
        async with asyncio.timeout(3):
            return await self.venue.open_orders(symbol)

    async def submit(self, intent, link_id: str) -> dict:
        async with asyncio.timeout(3):
            return await self.venue.place_order(
                symbol=intent.symbol,
                side=intent.side,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                reduce_only=intent.reduce_only,
                client_order_id=link_id,
            )
