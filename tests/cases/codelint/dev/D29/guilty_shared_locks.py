"""Locks that are handed to two objects by their constructor."""

import asyncio


class Orders:
    def __init__(self, book_lock: asyncio.Lock, cash_lock: asyncio.Lock):
        self.book_lock = book_lock
        self.cash_lock = cash_lock
        self.rows = []

    async def add(self, row):
        async with self.book_lock:
            await self._pay(row)  # expect: D29@cycle

    async def _pay(self, row):
        async with self.cash_lock:  # expect: D29@cycle
            self.rows.append(row)

    async def refund(self, row):
        await self.cash_lock.acquire()
        try:
            async with self.book_lock:  # expect: D29@cycle
                self.rows.remove(row)
        finally:
            self.cash_lock.release()
