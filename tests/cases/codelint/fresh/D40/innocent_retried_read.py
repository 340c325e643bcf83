"""Reads are repeated; the order is sent once and then looked for."""

import asyncio

from tenacity import retry, stop_after_attempt, wait_fixed


class Orders:
    def __init__(self, venue) -> None:
        self.venue = venue

    @retry(stop=stop_after_attempt(5), wait=wait_fixed(1), reraise=True)
    async def find(self, symbol: str, client_order_id: str):
        async with asyncio.timeout(3):
            return await self.venue.get_order(symbol, client_order_id)

    async def legs(self, symbol: str):
        for pause_s in (0, 1, 2):
            await asyncio.sleep(pause_s)
            async with asyncio.timeout(3):
                rows = await self.venue.get_positions(symbol)
            if rows:
                return rows
        return []
