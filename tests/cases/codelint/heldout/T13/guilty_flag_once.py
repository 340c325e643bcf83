"""Subscription is guarded by a flag that survives the connection."""

import asyncio
import random

import aiohttp


class Feed:
    def __init__(self, session: aiohttp.ClientSession, url, resync, handler):
        self.session = session
        self.url = url
        self.resync = resync
        self.handler = handler
        self.subscribed = False

    async def run(self, topics):
        failures = 0
        while True:  # expect: T13@run
            try:
                async with self.session.ws_connect(self.url, heartbeat=15) as socket:  # expect: T13@run
                    if not self.subscribed:  # expect: T13@run
                        await socket.send_json({"op": "subscribe", "args": topics})
                        self.subscribed = True
                    await self.resync()
                    async for message in socket:
                        failures = 0
                        self.handler(message.json())
            except aiohttp.ClientError:
                failures += 1
            await asyncio.sleep(min(2**failures, 30) * random.uniform(0.5, 1))
