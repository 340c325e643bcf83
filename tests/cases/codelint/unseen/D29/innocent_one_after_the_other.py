"""Both locks are taken in both methods, never one inside the other."""

import asyncio


class Desk:
    def __init__(self) -> None:
        self.orders_lock = asyncio.Lock()
        self.legs_lock = asyncio.Lock()
        self.orders: dict[str, str] = {}
        self.legs: dict[str, int] = {}

    async def on_fill(self, link_id: str, symbol: str) -> None:
        async with self.orders_lock:
            self.orders[link_id] = "Filled"
        async with self.legs_lock:
            self.legs[symbol] = self.legs.get(symbol, 0) + 1

    async def on_close(self, link_id: str, symbol: str) -> None:
        async with self.legs_lock:
            self.legs.pop(symbol, None)
        async with self.orders_lock:
            self.orders.pop(link_id, None)
