"""Waiting loops without any await, in coroutines."""

import asyncio


class Closer:
    def __init__(self, book):
        self.book = book
        self.spins = 0

    async def wait_flat(self, symbol):
        while self.book.quantity(symbol) != 0:  # expect: D39
            self.spins += 1
        await asyncio.sleep(0)

    async def wait_future(self, future: asyncio.Future):
        while True:  # expect: D39
            if future.done():
                return future.result()
