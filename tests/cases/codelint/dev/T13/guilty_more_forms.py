"""The topics are sent in start(), and the loop only reconnects."""

import asyncio
import random


class Feed:
    def __init__(self, client, rest):
        self.client = client
        self.rest = rest

    async def start(self, topics):
        await self.client.connect(timeout=10)
        await self.client.subscribe(topics)
        await self.loop()

    async def loop(self):
        delay_s = 0.5
        while True:  # expect: T13@loop
            try:
                await self.client.listen()
                delay_s = 0.5
            except ConnectionError:  # expect: T13@loop
                await asyncio.sleep(delay_s * random.random())
                delay_s = min(delay_s * 2, 30)
                await self.client.reconnect(timeout=10)  # expect: T13@loop
                await self.rest.reconcile()
