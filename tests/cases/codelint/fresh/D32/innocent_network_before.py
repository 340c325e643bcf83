"""Asked first, stored under the lock; waiting under a lock for memory only."""

import asyncio

import httpx


class Quotes:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.guard = asyncio.Lock()
        self.last: dict[str, dict] = {}

    async def load(self, symbol: str) -> None:
        reply = await self.http.get(f"/quote/{symbol}", timeout=3)
        async with self.guard:
            self.last[symbol] = reply.json()

    async def summary(self, work) -> str:
        async with self.guard:
            return await asyncio.to_thread(work, dict(self.last))
