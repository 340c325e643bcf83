"""A cycle of three, across methods."""

import asyncio


class Hub:
    def __init__(self):
        self.a_lock = asyncio.Lock()
        self.b_lock = asyncio.Lock()
        self.c_lock = asyncio.Lock()
        self.rows = []

    async def first(self):
        async with self.a_lock:
            async with self.b_lock:  # expect: D29@cycle
                self.rows.append("ab")

    async def second(self):
        async with self.b_lock, self.c_lock:  # expect: D29@cycle
            self.rows.append("bc")

    async def third(self):
        async with self.c_lock:
            await self.fourth()  # expect: D29@cycle

    async def fourth(self):
        async with self.a_lock:  # expect: D29@cycle
            self.rows.append("ca")
