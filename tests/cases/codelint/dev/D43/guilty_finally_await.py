"""Clean-up that a second cancellation cuts off."""

import asyncio


class Session:
    def __init__(self, client, store):
        self.client = client
        self.store = store

    async def work(self, symbol, client_order_id, watcher):
        try:
            await watcher.follow(client_order_id)
        finally:
            async with asyncio.timeout(3):  # expect: D43@cancel
                await self.client.cancel_order(  # expect: D43@cancel
                    symbol, client_order_id=client_order_id
                )


async def with_lease(lease, work):
    await lease.take()
    try:
        return await work()
    finally:
        await lease.give_back()  # expect: D43
