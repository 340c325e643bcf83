import asyncio

import aiohttp


class Quotes:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.guard = asyncio.Lock()
        self.last = {}

    async def _download(self, symbol: str) -> dict:
        async with self.session.get(f"/quote/{symbol}", timeout=3) as reply:
            return await reply.json()

    async def quote(self, symbol: str) -> dict:
        async with self.guard:  # expect: D32@quote
            if symbol not in self.last:
                self.last[symbol] = await self._download(symbol)  # expect: D32@quote
            return self.last[symbol]

    async def retry(self, symbol: str) -> dict | None:
        await self.guard.acquire()  # expect: D32@retry
        try:
            return await self._download(symbol)  # expect: D32@retry
        finally:
            self.guard.release()
