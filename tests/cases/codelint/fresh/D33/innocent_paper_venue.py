"""A simulated venue in memory waits for nobody."""

import asyncio
from decimal import Decimal


class PaperVenue:
    def __init__(self) -> None:
        self.resting: dict[str, Decimal] = {}

    async def cancel_order(self, client_order_id: str) -> bool:
        return self.resting.pop(client_order_id, None) is not None


async def expire(venue: PaperVenue, client_order_ids: list[str]) -> int:
    canceled = 0
    for client_order_id in client_order_ids:
        async with asyncio.timeout(1):
            canceled += await venue.cancel_order(client_order_id)
    return canceled
