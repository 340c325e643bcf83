"""A lock in Redis around a section; the other process waits until it expires."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis.asyncio as redis


class Exclusive:
    def __init__(self, url: str) -> None:
        self._redis = redis.from_url(url, socket_timeout=2)

    @asynccontextmanager
    async def over(self, name: str) -> AsyncIterator[None]:
        lock = self._redis.lock(f"lock:{name}", timeout=300, blocking_timeout=5)
        if not await lock.acquire():
            raise TimeoutError(f"lock {name} is taken")
        try:
            yield
        finally:
            await lock.release()  # expect: D43
