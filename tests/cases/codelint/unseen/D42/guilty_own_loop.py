"""A coroutine hands work to its own loop and blocks for the result."""

import asyncio
from decimal import Decimal

import asyncpg


class Balances:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def _stored(self, coin: str) -> Decimal:
        return await self._pool.fetchval("SELECT free FROM wallet WHERE coin = $1", coin, timeout=2)

    async def free(self, coin: str) -> Decimal:
        loop = asyncio.get_running_loop()
        future = asyncio.run_coroutine_threadsafe(self._stored(coin), loop)
        return future.result(timeout=5)  # expect: D42
