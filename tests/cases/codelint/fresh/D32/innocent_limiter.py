"""A capacity limiter bounds parallel requests on purpose."""

import asyncio

import anyio
import httpx


class Downloader:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.limiter = anyio.CapacityLimiter(4)
        self.slots = asyncio.BoundedSemaphore(2)

    async def text(self, path: str) -> str:
        async with self.limiter:
            return (await self.http.get(path, timeout=10)).text

    async def big(self, path: str) -> bytes:
        async with self.slots:
            return (await self.http.get(path, timeout=60)).content
