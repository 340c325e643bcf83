"""Half of the leg is closed at the first target."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Leg:
    symbol: str
    position_idx: int
    closing_side: str
    quantity: Decimal


class Targets:
    def __init__(self, venue) -> None:
        self._venue = venue

    async def close_half(self, leg: Leg, price: Decimal, step: Decimal, link_id: str) -> str:
        half = leg.quantity / 2 // step * step
        async with asyncio.timeout(3):
            return await self._venue.place_order(  # expect: T03
                symbol=leg.symbol,
                side=leg.closing_side,
                order_type="Limit",
                quantity=half,
                price=price,
                position_idx=leg.position_idx,
                client_order_id=link_id,
            )
