"""Trading goes on as soon as the socket answers."""

import asyncio
import random

import aiohttp


class UserStream:
    def __init__(self, session: aiohttp.ClientSession, listen_keys, engine):
        self.session = session
        self.listen_keys = listen_keys
        self.engine = engine

    async def run(self):
        failures = 0
        while True:  # expect: T14@run
            self.engine.pause()
            try:
                url = await self.listen_keys.url(timeout=5)
                async with self.session.ws_connect(url, heartbeat=15) as socket:  # expect: T14@run
                    self.engine.resume()  # expect: T14@run
                    async for message in socket:
                        failures = 0
                        self.engine.on_user_event(message.json())
            except aiohttp.ClientError as error:  # expect: T14@run
                failures += 1
                self.engine.note(error)
            await asyncio.sleep(min(2**failures, 30) * random.uniform(0.5, 1))
