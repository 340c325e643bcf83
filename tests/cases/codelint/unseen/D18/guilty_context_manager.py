"""A context manager that keeps the listen key alive while it is entered."""

import asyncio

import aiohttp


class ListenKey:
    def __init__(self, session: aiohttp.ClientSession, path: str) -> None:
        self._session = session
        self._path = path
        self._renewal: asyncio.Task[None] | None = None

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(1500)
            async with self._session.put(self._path, timeout=aiohttp.ClientTimeout(5)) as reply:
                reply.raise_for_status()

    async def __aenter__(self) -> "ListenKey":
        self._renewal = asyncio.create_task(self._renew())  # expect: D18
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._renewal:
            self._renewal.cancel()
