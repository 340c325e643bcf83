"""Capped by min, and set back after a message came."""

import asyncio
import random

import websockets


class Feed:
    def __init__(self, url: str, hello, reconcile, handle) -> None:
        self.url = url
        self.hello = hello
        self.reconcile = reconcile
        self.handle = handle

    async def run(self) -> None:
        pause_s = 0.5
        while True:
            try:
                async with websockets.connect(self.url, open_timeout=5) as socket:
                    await socket.send(self.hello.subscribe())
                    async with asyncio.timeout(10):
                        await self.reconcile()
                    async for text in socket:
                        pause_s = 0.5
                        await self.handle(text)
            except (OSError, websockets.ConnectionClosed):
                await asyncio.sleep(pause_s + random.random())
                pause_s = min(pause_s * 2, 30)
