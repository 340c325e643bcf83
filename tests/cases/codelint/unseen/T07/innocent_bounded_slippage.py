"""Without a price there is no entry; with one, the limit states the slippage that is allowed."""

import asyncio
from decimal import Decimal


class NoPrice(Exception):
    """There is no price that an entry could be bounded by."""


class Entry:
    def __init__(self, venue, book, slippage: Decimal) -> None:
        self.venue = venue
        self.book = book
        self.slippage = slippage

    async def enter_long(self, intent, link_id: str) -> dict:
        best = self.book.get(intent.symbol)
        if best is None:
            raise NoPrice(f"{intent.symbol}: the book is empty; wait for a snapshot")
        async with asyncio.timeout(3):
            return await self.venue.place_order(
                symbol=intent.symbol,
                side=intent.side,
                order_type="Limit",
                quantity=intent.quantity,
                price=best[0] * (1 + self.slippage),
                position_idx=intent.position_idx,
                reduce_only=intent.reduce_only,
                client_order_id=link_id,
            )
