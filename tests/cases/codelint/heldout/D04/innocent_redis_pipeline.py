"""Commands of a redis.asyncio pipeline are queued without await and executed with one."""

import redis.asyncio as redis


class Prices:
    def __init__(self, client: redis.Redis):
        self.client = client

    async def store(self, prices):
        async with self.client.pipeline() as pipe:
            for symbol, price in prices.items():
                pipe.set(f"price:{symbol}", str(price))
            await pipe.execute()
