"""The delay doubles to thirty seconds with jitter, and starts anew after a stable minute."""

import asyncio
import random
import time

import aiohttp


class Stream:
    def __init__(self, session: aiohttp.ClientSession, url: str, book) -> None:
        self._session = session
        self._url = url
        self._book = book
        self._delay_s = 1

    async def _once(self) -> None:
        async with self._session.ws_connect(self._url, heartbeat=20, timeout=5) as socket:
            await socket.send_json({"op": "subscribe", "args": self._book.topics})
            await self._book.reconcile()
            async for message in socket:
                self._book.apply(message.json())

    async def run(self) -> None:
        while True:
            connected = time.monotonic()
            try:
                await self._once()
            except (aiohttp.ClientError, OSError) as error:
                self._book.mark_stale(error)
            if time.monotonic() - connected > 60:
                self._delay_s = 1
            await asyncio.sleep(self._delay_s + random.random())
            self._delay_s = min(self._delay_s * 2, 30)
