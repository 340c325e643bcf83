"""The back-off lives in an object of its own, with cap, jitter and reset."""

import asyncio
import random

import websockets


class Backoff:
    def __init__(self, first_s=0.5, max_s=30):
        self.first_s = first_s
        self.max_s = max_s
        self.failures = 0

    def reset(self):
        self.failures = 0

    async def wait(self):
        delay_s = min(self.first_s * 2**self.failures, self.max_s)
        self.failures += 1
        await asyncio.sleep(delay_s * random.uniform(0.8, 1.2))


class Stream:
    def __init__(self, url, topics, resync, handler):
        self.url = url
        self.topics = topics
        self.resync = resync
        self.handler = handler
        self.backoff = Backoff()

    async def run(self, stop):
        while not stop.is_set():
            try:
                async with websockets.connect(self.url, open_timeout=10) as socket:
                    await socket.send(self.topics)
                    async with asyncio.timeout(10):
                        await self.resync()
                    self.backoff.reset()
                    async for message in socket:
                        self.handler(message)
            except (OSError, websockets.ConnectionClosed):
                await self.backoff.wait()
