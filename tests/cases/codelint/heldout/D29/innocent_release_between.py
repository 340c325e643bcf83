"""Explicitly released before the other is taken."""

import asyncio


class Hub:
    def __init__(self):
        self.a_lock = asyncio.Lock()
        self.b_lock = asyncio.Lock()
        self.rows = []

    async def ab(self):
        async with self.a_lock:
            self.rows.append("a")
        async with self.b_lock:
            self.rows.append("b")

    async def ba(self):
        await self.b_lock.acquire()
        try:
            self.rows.append("b")
        finally:
            self.b_lock.release()
        async with self.a_lock:
            self.rows.append("a")
