"""A limit is read on the way to an order, with a loop that already runs."""

import asyncio
from decimal import Decimal

import redis.asyncio as redis


class Limits:
    def __init__(self, url: str) -> None:
        self._redis = redis.from_url(url, socket_timeout=2)
        self._loop = asyncio.get_event_loop()

    async def _read(self, key: str) -> Decimal:
        return Decimal((await self._redis.get(key)).decode())

    async def admits(self, symbol: str, notional: Decimal) -> bool:
        limit = self._loop.run_until_complete(self._read(f"limit:{symbol}"))  # expect: D36
        return notional <= limit
