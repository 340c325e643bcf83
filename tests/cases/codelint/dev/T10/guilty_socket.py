"""Connections that may take for ever to open."""

import asyncio
from collections.abc import Awaitable, Callable

import websockets

Connect = Callable[[str], Awaitable[object]]


class Stream:
    def __init__(self, connect: Connect, url: str) -> None:
        self.connect = connect
        self.url = url

    async def start(self) -> object:
        return await self.connect(self.url)  # expect: T10


async def raw(host: str, port: int):
    reader, writer = await asyncio.open_connection(host, port)  # expect: T10
    return reader, writer


async def patient(url: str):
    return await websockets.connect(url, open_timeout=None)  # expect: T10
