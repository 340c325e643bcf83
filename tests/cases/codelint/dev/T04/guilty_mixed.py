"""Position side and order side under one name."""

import asyncio
from enum import StrEnum


class OrderSide(StrEnum):
    BUY = "Buy"
    SELL = "Sell"


class PositionSide(StrEnum):
    LONG = "Long"
    SHORT = "Short"


class LegBook:
    def __init__(self):
        self.legs = {}

    def leg(self, symbol: str, position_side: PositionSide):
        return self.legs.get((symbol, position_side))


class Closer:
    def __init__(self, client, book: LegBook):
        self.client = client
        self.book = book

    async def on_fill(self, fill):
        return self.book.leg(fill.symbol, fill.order_side)  # expect: T04

    async def close(self, position):
        async with asyncio.timeout(3):
            await self.client.place_order(  # expect: T04@close
                symbol=position.symbol,
                side=position.position_side,  # expect: T04@close
                quantity=position.quantity,
                position_idx=position.position_idx,
                client_order_id=position.close_id,
                reduce_only=True,
            )
