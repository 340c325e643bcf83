"""Subscribed once at start; after a reconnect the socket is alive and silent."""

import asyncio
import random

import websockets


class Stream:
    def __init__(self, url, reconcile, handler):
        self.url = url
        self.reconcile = reconcile
        self.handler = handler
        self.socket = None

    async def start(self, topics):
        self.socket = await websockets.connect(self.url, open_timeout=10)
        await self.socket.send('{"op": "subscribe", "args": ["order", "execution"]}')
        await self.pump()

    async def pump(self):
        failures = 0
        while True:  # expect: T13@pump
            try:
                async for message in self.socket:
                    failures = 0
                    await self.handler(message)
            except websockets.ConnectionClosed:  # expect: T13@pump
                failures += 1
                await asyncio.sleep(min(2**failures, 30) * random.random())
                self.socket = await websockets.connect(  # expect: T13@pump
                    self.url, open_timeout=10
                )
                async with asyncio.timeout(10):
                    await self.reconcile()
