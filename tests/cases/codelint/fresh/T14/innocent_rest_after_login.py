"""REST is asked for the legs before the stream's messages are believed."""

import asyncio
import random

import aiohttp


class Positions:
    def __init__(self, session: aiohttp.ClientSession, auth, rest, legs) -> None:
        self.session = session
        self.auth = auth
        self.rest = rest
        self.legs = legs

    async def run(self, url: str) -> None:
        failures = 0
        while True:
            try:
                async with self.session.ws_connect(url, heartbeat=15, timeout=10) as socket:
                    await socket.send_json(self.auth.login())
                    await socket.send_json({"op": "subscribe", "args": ["position", "execution"]})
                    async with asyncio.timeout(10):
                        self.legs.replace(await self.rest.fetch_positions())
                    async for message in socket:
                        failures = 0
                        self.legs.apply(message.json())
            except (aiohttp.ClientError, OSError):
                failures += 1
                await asyncio.sleep(min(2**failures, 30) * random.uniform(0.5, 1))
