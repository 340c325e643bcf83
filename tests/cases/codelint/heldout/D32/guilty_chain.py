"""The network is two calls below the lock."""

import asyncio

import httpx


class Rest:
    def __init__(self):
        self.http = httpx.AsyncClient(timeout=5)

    async def get(self, path):
        reply = await self.http.get(path)
        return reply.json()


class Instruments:
    def __init__(self, rest: Rest):
        self.rest = rest
        self._lock = asyncio.Lock()
        self.rules = {}

    async def _load(self, symbol):
        return await self.rest.get(f"/rules/{symbol}")

    async def rule(self, symbol):
        async with self._lock:  # expect: D32@rule
            if symbol not in self.rules:
                self.rules[symbol] = await self._load(symbol)  # expect: D32@rule
            return self.rules[symbol]
