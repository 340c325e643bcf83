"""The public stream comes back after any drop, and after being cancelled too."""

import asyncio
import random

import websockets


class PublicStream:
    def __init__(self, url: str, book) -> None:
        self.url = url
        self.book = book

    async def run(self) -> None:
        delay = 1
        while True:
            try:
                async with websockets.connect(self.url, open_timeout=5) as socket:
                    await socket.send('{"op": "subscribe", "args": ["orderbook.50.BTCUSDT"]}')
                    await self.book.resync()
                    async for message in socket:
                        self.book.apply(message)
                        delay = 1
            except (asyncio.CancelledError, OSError, websockets.ConnectionClosed):  # expect: D21
                await asyncio.sleep(delay + random.random())
                delay = min(delay * 2, 30)
