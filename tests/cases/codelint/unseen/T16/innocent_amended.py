"""A stop is amended in place; when the leg is flat its stop is cancelled and none follows."""

import asyncio
from decimal import Decimal


class Stops:
    def __init__(self, venue) -> None:
        self.venue = venue
        self.levels: dict[str, Decimal] = {}

    async def move(self, leg, stop_id: str, level: Decimal) -> None:
        async with asyncio.timeout(3):
            await self.venue.amend_stop(leg.symbol, stop_id, trigger_price=level)
        self.levels[leg.symbol] = level

    async def on_flat(self, leg, stop_id: str) -> None:
        async with asyncio.timeout(3):
            await self.venue.cancel_stop(leg.symbol, stop_id)
        self.levels.pop(leg.symbol, None)
