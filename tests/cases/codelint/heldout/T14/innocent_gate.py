"""The gate opens after the snapshot by REST was applied."""

import asyncio
import random

import aiohttp


class UserStream:
    def __init__(self, session: aiohttp.ClientSession, listen_keys, rest, engine):
        self.session = session
        self.listen_keys = listen_keys
        self.rest = rest
        self.engine = engine

    async def run(self):
        failures = 0
        while True:
            self.engine.pause()
            try:
                url = await self.listen_keys.url(timeout=5)
                async with self.session.ws_connect(url, heartbeat=15) as socket:
                    orders = await self.rest.get_open_orders(timeout=5)
                    positions = await self.rest.get_positions(timeout=5)
                    self.engine.sync_state(orders, positions)
                    self.engine.resume()
                    async for message in socket:
                        failures = 0
                        self.engine.on_user_event(message.json())
            except (aiohttp.ClientError, TimeoutError) as error:
                failures += 1
                self.engine.note(error)
            await asyncio.sleep(min(2**failures, 30) * random.uniform(0.5, 1))
