"""run_until_complete inside a coroutine: the loop is already running."""

import asyncio


class Account:
    def __init__(self, client):
        self.client = client
        self.equity = None

    async def load(self):
        loop = asyncio.get_event_loop()
        self.equity = loop.run_until_complete(self.client.equity())  # expect: D36
        return self.equity
