"""Stops for all legs; the results are counted, whatever they are."""

import asyncio


class StopSetter:
    def __init__(self, venue) -> None:
        self.venue = venue
        self.protected = 0

    async def _protect(self, leg) -> bool:
        async with asyncio.timeout(3):
            return await self.venue.set_stop(leg.symbol, leg.position_idx, leg.stop)

    async def protect(self, legs: list) -> None:
        work = (self._protect(leg) for leg in legs)
        results = await asyncio.gather(*work, return_exceptions=True)  # expect: D34
        self.protected = len(results)
