"""Order stream that trusts that nothing happened while it was away."""

import asyncio
import random

import websockets


class OrderStream:
    def __init__(self, url, auth, handler):
        self.url = url
        self.auth = auth
        self.handler = handler

    async def run(self):
        failures = 0
        while True:  # expect: T14@run
            try:
                async with websockets.connect(self.url) as socket:  # expect: T14@run
                    await self.auth.login(socket)
                    await socket.send('{"op": "subscribe", "args": ["order", "position"]}')
                    async for message in socket:
                        failures = 0
                        await self.handler(message)
            except (OSError, websockets.ConnectionClosed):  # expect: T14@run
                failures += 1
                await asyncio.sleep(min(2**failures, 30) * random.uniform(0.8, 1.2))
