"""Fills that happened while the socket was away are never seen."""

import asyncio
import random

import aiohttp


class Positions:
    def __init__(self, session: aiohttp.ClientSession, auth, legs) -> None:
        self.session = session
        self.auth = auth
        self.legs = legs

    async def run(self, url: str) -> None:
        failures = 0
        while True:  # expect: T14@run
            try:
                async with self.session.ws_connect(url, heartbeat=15, timeout=10) as socket:  # expect: T14@run
                    await socket.send_json(self.auth.login())
                    await socket.send_json({"op": "subscribe", "args": ["position", "execution"]})
                    async for message in socket:
                        failures = 0
                        self.legs.apply(message.json())
            except (aiohttp.ClientError, OSError):  # expect: T14@run
                failures += 1
                await asyncio.sleep(min(2**failures, 30) * random.uniform(0.5, 1))
