"""The lock of another object of the same class: a child and its parent."""

import asyncio


class Limit:
    def __init__(self, ceiling: int, parent: "Limit | None" = None) -> None:
        self.ceiling = ceiling
        self.parent = parent
        self.used = 0
        self._lock = asyncio.Lock()

    async def release(self, amount: int) -> None:
        async with self._lock:
            self.used -= amount
        if self.parent is not None:
            await self.parent.release(amount)
