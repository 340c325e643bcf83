"""A marker in Redis tells the other process that this symbol is taken."""

import redis.asyncio as redis


class SymbolClaims:
    def __init__(self, url: str, owner: str) -> None:
        self._redis = redis.from_url(url, socket_timeout=2, decode_responses=True)
        self._owner = owner

    async def claim(self, symbol: str) -> bool:
        taken = await self._redis.set(f"claim:{symbol}", self._owner, nx=True, ex=30)
        return bool(taken)

    async def give_back(self, symbol: str) -> None:
        owner = await self._redis.get(f"claim:{symbol}")
        if owner == self._owner:
            self._redis.delete(f"claim:{symbol}")  # expect: D04
