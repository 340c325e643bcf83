"""Private stream: after a drop it hammers the exchange."""

import asyncio
import logging

import websockets

logger = logging.getLogger(__name__)


class PrivateStream:
    def __init__(self, url, auth, topics, reconcile, handler):
        self.url = url
        self.auth = auth
        self.topics = topics
        self.reconcile = reconcile
        self.handler = handler

    async def run(self):
        while True:  # expect: T11@run
            try:
                async with websockets.connect(self.url, open_timeout=10) as socket:
                    await self.auth.login(socket)
                    await socket.send(self.auth.subscribe(self.topics))
                    async with asyncio.timeout(10):
                        await self.reconcile()
                    async for message in socket:
                        await self.handler(message)
            except (OSError, websockets.ConnectionClosed) as error:  # expect: T11@run
                logger.warning("stream lost: %s", error)
                continue  # expect: T11@run
