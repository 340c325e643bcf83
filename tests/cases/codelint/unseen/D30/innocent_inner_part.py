"""The locked door calls the inner part, which takes no lock."""

import asyncio
from decimal import Decimal


class Budget:
    def __init__(self, total: Decimal) -> None:
        self._lock = asyncio.Lock()
        self._left = total

    def _fits(self, amount: Decimal) -> bool:
        return amount <= self._left

    async def fits(self, amount: Decimal) -> bool:
        async with self._lock:
            return self._fits(amount)

    async def take(self, amount: Decimal) -> bool:
        async with self._lock:
            if not self._fits(amount):
                return False
            self._left -= amount
            return True
