"""The new stop rests before the old one is cancelled."""

import asyncio
from decimal import Decimal


class Trail:
    def __init__(self, venue) -> None:
        self.venue = venue
        self.stop_ids: dict[str, str] = {}

    async def move(self, leg, level: Decimal, link_id: str) -> None:
        async with asyncio.timeout(3):
            await self.venue.place_stop(
                symbol=leg.symbol,
                side=leg.closing_side,
                position_idx=leg.position_idx,
                trigger_price=level,
                quantity=leg.quantity,
                reduce_only=True,
                client_order_id=link_id,
            )
        old = self.stop_ids.get(leg.symbol)
        self.stop_ids[leg.symbol] = link_id
        if old is not None:
            async with asyncio.timeout(3):
                await self.venue.cancel_stop(leg.symbol, old)
