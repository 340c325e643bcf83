"""The connection object sends the remembered topics in its own connect."""

import asyncio
import random

import aiohttp


class Connection:
    def __init__(self, session: aiohttp.ClientSession, url, topics):
        self.session = session
        self.url = url
        self.topics = list(topics)
        self.socket = None

    async def connect(self):
        socket = await self.session.ws_connect(self.url, heartbeat=15)
        for topic in self.topics:
            await socket.send_json({"op": "subscribe", "args": [topic]})
        self.socket = socket
        return socket


class Feed:
    def __init__(self, connection: Connection, resync, handler):
        self.connection = connection
        self.resync = resync
        self.handler = handler

    async def run(self):
        failures = 0
        while True:
            try:
                socket = await self.connection.connect()
                async with asyncio.timeout(10):
                    await self.resync()
                async for message in socket:
                    failures = 0
                    self.handler(message.json())
            except aiohttp.ClientError:
                failures += 1
            await asyncio.sleep(min(2**failures, 30) * random.uniform(0.5, 1))
