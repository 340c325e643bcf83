"""Order calls behind a Protocol, with no deadline anywhere."""

from decimal import Decimal
from typing import Protocol


class Venue(Protocol):
    async def create_order(self, symbol: str, side: str, amount: Decimal, **extra) -> dict: ...

    async def cancel_order(self, order_id: str, symbol: str) -> dict: ...


class Taker:
    def __init__(self, venue: Venue) -> None:
        self.venue = venue

    async def take(self, order) -> dict:
        return await self.venue.create_order(  # expect: D33
            order.symbol,
            order.side,
            order.amount,
            client_order_id=order.client_order_id,
            position_idx=order.position_idx,
            reduce_only=order.reduce_only,
        )

    async def withdraw(self, order) -> None:
        answer = await self.venue.cancel_order(order.order_id, order.symbol)  # expect: D33
        order.note(answer)
