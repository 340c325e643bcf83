"""asyncio.run reached from coroutines: by a property, a callback and an alias."""

from asyncio import run as run_now


class Wallet:
    def __init__(self, client):
        self.client = client

    async def _equity(self):
        return await self.client.equity()

    def equity(self):
        return run_now(self._equity())  # expect: D35@wallet

    async def snapshot(self):
        return {"equity": self.equity()}  # expect: D35@wallet


async def refresh(wallets):
    for wallet in wallets:
        run_now(wallet.snapshot())  # expect: D35
