"""Private messages go on after a drop, as if nothing had happened in between."""

import asyncio
import random

import aiohttp


class OrderUpdates:
    def __init__(self, session: aiohttp.ClientSession, url: str, auth: dict) -> None:
        self._session = session
        self._url = url
        self._auth = auth
        self.orders: dict[str, dict] = {}

    async def _listen(self) -> None:
        async with self._session.ws_connect(self._url, heartbeat=20, timeout=5) as socket:
            await socket.send_json(self._auth)
            await socket.send_json({"op": "subscribe", "args": ["order", "execution"]})
            async for message in socket:
                for row in message.json().get("data", []):
                    self.orders[row["orderLinkId"]] = row

    async def run(self) -> None:
        failures = 0
        while True:  # expect: T14@drop
            try:
                await self._listen()  # expect: T14@drop
                failures = 0
            except (aiohttp.ClientError, OSError):  # expect: T14@drop
                failures = min(failures + 1, 5)
            await asyncio.sleep(min(2**failures, 30) + random.random())
