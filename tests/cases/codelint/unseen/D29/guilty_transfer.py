"""Margin is moved between the two legs of a symbol, each leg with its lock."""

import asyncio
from decimal import Decimal


class HedgedMargin:
    def __init__(self) -> None:
        self.long_lock = asyncio.Lock()
        self.short_lock = asyncio.Lock()
        self.long_margin = Decimal(0)
        self.short_margin = Decimal(0)

    async def to_short(self, amount: Decimal) -> None:
        async with self.long_lock:
            self.long_margin -= amount
            async with self.short_lock:  # expect: D29
                self.short_margin += amount

    async def to_long(self, amount: Decimal) -> None:
        async with self.short_lock:
            self.short_margin -= amount
            async with self.long_lock:  # expect: D29
                self.long_margin += amount
