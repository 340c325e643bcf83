"""asyncio.run below a running loop raises at once."""

import asyncio


async def fetch_balance(client):
    async with asyncio.timeout(5):
        return await client.get_balance()


class RiskCheck:
    def __init__(self, client):
        self.client = client

    async def headroom(self, used):
        balance = asyncio.run(fetch_balance(self.client))  # expect: D35
        return balance - used
