"""A redis pipeline queues its commands synchronously and sends them with one await."""

import redis.asyncio as redis


class PriceBoard:
    def __init__(self, url: str) -> None:
        self._redis = redis.from_url(url, socket_timeout=2)

    async def put(self, prices: dict[str, str]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for symbol, price in prices.items():
            pipe.set(f"price:{symbol}", price, ex=10)
        await pipe.execute()

    async def aclose(self) -> None:
        await self._redis.aclose()
