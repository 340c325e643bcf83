"""A delay that lives in an attribute and is never lowered; and one without a cap."""

import asyncio

import aiohttp


class Feed:
    def __init__(self, session: aiohttp.ClientSession, url, topics, resync, handler):
        self.session = session
        self.url = url
        self.topics = topics
        self.resync = resync
        self.handler = handler
        self.delay_s = 0.5

    async def run(self):
        while True:  # expect: T12@run
            try:
                async with self.session.ws_connect(self.url, heartbeat=15) as socket:
                    await socket.send_json(self.topics)
                    await self.resync()
                    async for message in socket:
                        self.handler(message.json())
            except aiohttp.ClientError:
                self.delay_s = min(self.delay_s * 1.7, 30)  # expect: T12@run
            await asyncio.sleep(self.delay_s)  # expect: T12@run
