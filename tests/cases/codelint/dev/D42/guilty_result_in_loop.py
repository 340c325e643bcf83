"""Waiting in the loop for something that only the loop can do."""

import asyncio


class Bridge:
    def __init__(self, loop, client):
        self.loop = loop
        self.client = client

    async def equity(self):
        future = asyncio.run_coroutine_threadsafe(self.client.equity(), self.loop)
        return future.result(timeout=5)  # expect: D42
