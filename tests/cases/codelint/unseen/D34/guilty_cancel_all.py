"""All orders of a symbol are cancelled at once, and called done."""

import asyncio
import logging

log = logging.getLogger(__name__)


class Sweeper:
    def __init__(self, venue) -> None:
        self.venue = venue

    async def _cancel(self, link_id: str) -> None:
        async with asyncio.timeout(3):
            await self.venue.cancel(link_id)

    async def sweep(self, link_ids: list[str]) -> None:
        calls = [self._cancel(link_id) for link_id in link_ids]
        await asyncio.gather(*calls, return_exceptions=True)  # expect: D34
        log.info("%d orders cancelled", len(calls))
