"""Two locks, two orders."""

import asyncio


class Ledger:
    def __init__(self):
        self.orders_lock = asyncio.Lock()
        self.legs_lock = asyncio.Lock()
        self.orders = {}
        self.legs = {}

    async def apply_fill(self, fill):
        async with self.orders_lock:
            self.orders[fill.order_id] = fill
            async with self.legs_lock:  # expect: D29@cycle
                self.legs[fill.position_idx] = fill.quantity

    async def close_leg(self, position_idx, order_id):
        async with self.legs_lock:
            self.legs.pop(position_idx, None)
            async with self.orders_lock:  # expect: D29@cycle
                self.orders.pop(order_id, None)
