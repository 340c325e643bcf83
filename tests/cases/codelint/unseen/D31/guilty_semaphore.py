"""At most five requests at a time; a failed one keeps its place for ever."""

import asyncio

import httpx


class Throttled:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._places = asyncio.Semaphore(5)

    async def get(self, path: str, **params: str) -> dict:
        await self._places.acquire()  # expect: D31
        reply = await self._client.get(path, params=params, timeout=3)
        reply.raise_for_status()
        self._places.release()
        return reply.json()
