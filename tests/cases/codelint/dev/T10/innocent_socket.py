"""Each opening has a deadline: around it, in the library, or with the caller."""

import asyncio
from collections.abc import Awaitable, Callable

import websockets

Connect = Callable[[str], Awaitable[object]]


class Stream:
    def __init__(self, connect: Connect, url: str) -> None:
        self.connect = connect
        self.url = url

    async def start(self) -> object:
        async with asyncio.timeout(10):
            return await self.connect(self.url)

    async def retry(self) -> object:
        return await asyncio.wait_for(self.connect(self.url), 10)


async def raw(host: str, port: int):
    return await asyncio.open_connection(host, port)


async def bounded(host: str, port: int):
    async with asyncio.timeout(5):
        return await raw(host, port)


async def usual(url: str):
    return await websockets.connect(url)
