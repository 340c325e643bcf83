"""Reset at the first message; capped by a table."""

import asyncio

import aiohttp

DELAYS_S = (0.5, 1, 2, 5, 10, 30)


class Feed:
    def __init__(self, session: aiohttp.ClientSession, url, topics, resync, handler):
        self.session = session
        self.url = url
        self.topics = topics
        self.resync = resync
        self.handler = handler
        self.step = 0

    async def run(self):
        while True:
            try:
                async with self.session.ws_connect(self.url, heartbeat=15) as socket:
                    await socket.send_json(self.topics)
                    async with asyncio.timeout(10):
                        await self.resync()
                    async for message in socket:
                        self.step = 0
                        self.handler(message.json())
            except aiohttp.ClientError:
                self.step = min(self.step + 1, len(DELAYS_S) - 1)
            await asyncio.sleep(DELAYS_S[self.step])
