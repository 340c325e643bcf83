"""The one place that calls the desk wraps it in a deadline."""

import asyncio


class Gateway:
    def __init__(self, venue) -> None:
        self._venue = venue

    async def _cancel(self, link_id: str) -> dict:
        return await self._venue.cancel_order(link_id)

    async def cancel(self, link_id: str) -> dict:
        async with asyncio.timeout(3):
            return await self._cancel(link_id)
