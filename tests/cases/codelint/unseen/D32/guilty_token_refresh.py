"""Everybody who needs a token waits for the one who refreshes it."""

import asyncio

import aiohttp


class Tokens:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._lock = asyncio.Lock()
        self._token = ""

    async def _ask(self) -> str:
        limit = aiohttp.ClientTimeout(total=5)
        async with self._session.post("/oauth/token", timeout=limit) as reply:
            return (await reply.json())["token"]

    async def refresh(self) -> None:
        async with self._lock:  # expect: D32@ask
            self._token = await self._ask()  # expect: D32@ask
