"""Opening is one method: connect, log in, subscribe, reconcile."""

import asyncio
import random

import websockets


class Private:
    def __init__(self, url: str, auth, rest, handle) -> None:
        self.url = url
        self.auth = auth
        self.rest = rest
        self.handle = handle

    async def opened(self, topics: list[str]):
        socket = await websockets.connect(self.url, open_timeout=5)
        await self.auth.login(socket)
        await socket.send(self.auth.subscribe(topics))
        async with asyncio.timeout(10):
            await self.rest.reconcile()
        return socket

    async def listen(self, topics: list[str]) -> None:
        pause_s = 1
        while True:
            try:
                socket = await self.opened(topics)
                async for text in socket:
                    pause_s = 1
                    await self.handle(text)
            except (OSError, websockets.ConnectionClosed):
                await asyncio.sleep(pause_s * random.uniform(0.5, 1))
                pause_s = min(pause_s * 2, 30)
