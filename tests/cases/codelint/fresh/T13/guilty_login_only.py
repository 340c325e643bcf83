"""After a drop it logs in again, but nobody asks for the topics."""

import asyncio
import random

import websockets


class Private:
    def __init__(self, url: str, auth, rest, handle) -> None:
        self.url = url
        self.auth = auth
        self.rest = rest
        self.handle = handle
        self.socket = None

    async def start(self, topics: list[str]) -> None:
        self.socket = await websockets.connect(self.url, open_timeout=5)
        await self.auth.login(self.socket)
        await self.socket.send(self.auth.subscribe(topics))
        await self.listen()

    async def listen(self) -> None:
        pause_s = 1
        while True:  # expect: T13@listen
            try:
                async for text in self.socket:
                    pause_s = 1
                    await self.handle(text)
            except websockets.ConnectionClosed:  # expect: T13@listen
                await asyncio.sleep(pause_s * random.uniform(0.5, 1))
                pause_s = min(pause_s * 2, 30)
                self.socket = await websockets.connect(self.url, open_timeout=5)  # expect: T13@listen
                await self.auth.login(self.socket)  # expect: T13@listen
                async with asyncio.timeout(10):
                    await self.rest.reconcile()
