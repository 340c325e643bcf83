"""Always orders before legs; and one lock released before the next is taken."""

import asyncio


class Ledger:
    def __init__(self):
        self.orders_lock = asyncio.Lock()
        self.legs_lock = asyncio.Lock()
        self.orders = {}
        self.legs = {}

    async def apply_fill(self, fill):
        async with self.orders_lock, self.legs_lock:
            self.orders[fill.order_id] = fill
            self.legs[fill.position_idx] = fill.quantity

    async def close_leg(self, position_idx, order_id):
        async with self.orders_lock:
            self.orders.pop(order_id, None)
            async with self.legs_lock:
                self.legs.pop(position_idx, None)

    async def recount(self):
        async with self.legs_lock:
            count = len(self.legs)
        async with self.orders_lock:
            return count + len(self.orders)
