"""Reconnect with everything: back-off, jitter, cap, reset, subscription, reconciliation."""

import asyncio
import logging
import random
import time

import websockets

logger = logging.getLogger(__name__)
DELAY_FIRST_S = 0.5
DELAY_MAX_S = 30.0
STABLE_S = 60.0


class PrivateStream:
    def __init__(self, url, auth, topics, reconcile, handler):
        self.url = url
        self.auth = auth
        self.topics = topics
        self.reconcile = reconcile
        self.handler = handler

    async def run(self):
        delay_s = DELAY_FIRST_S
        while True:
            opened = time.monotonic()
            try:
                await self._session()
            except (OSError, websockets.ConnectionClosed) as error:
                logger.warning("stream lost: %s", error)
            if time.monotonic() - opened > STABLE_S:
                delay_s = DELAY_FIRST_S
            await asyncio.sleep(delay_s * random.uniform(0.8, 1.2))
            delay_s = min(delay_s * 2, DELAY_MAX_S)

    async def _session(self):
        async with websockets.connect(self.url, open_timeout=10) as socket:
            await self.auth.login(socket)
            await socket.send(self.auth.subscribe(self.topics))
            async with asyncio.timeout(10):
                await self.reconcile()
            async for message in socket:
                await self.handler(message)
