"""An entry at the best bid, and at any price where there is none."""

import asyncio
from decimal import Decimal


class Entry:
    def __init__(self, venue, book) -> None:
        self.venue = venue
        self.book = book

    def _price(self, symbol: str) -> Decimal | None:
        best = self.book.get(symbol)
        return best[0] if best else None

    async def enter(self, intent, link_id: str) -> dict:
        price = self._price(intent.symbol)
        kind = "Limit" if price is not None else "Market"  # expect: T07@kind
        async with asyncio.timeout(3):
            return await self.venue.place_order(  # expect: T07@kind
                symbol=intent.symbol,
                side=intent.side,
                order_type=kind,
                quantity=intent.quantity,
                price=price,
                position_idx=intent.position_idx,
                reduce_only=intent.reduce_only,
                client_order_id=link_id,
            )
