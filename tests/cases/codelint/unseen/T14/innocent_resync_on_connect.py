"""After each connection the open orders are asked for over REST before anything is applied."""

import asyncio
import random

import aiohttp


class OrderUpdates:
    def __init__(self, session: aiohttp.ClientSession, url: str, auth: dict, rest) -> None:
        self._session = session
        self._url = url
        self._auth = auth
        self._rest = rest
        self.orders: dict[str, dict] = {}

    async def _resync(self) -> None:
        async with asyncio.timeout(5):
            rows = await self._rest.open_orders()
        self.orders = {row["orderLinkId"]: row for row in rows}

    async def _listen(self) -> None:
        async with self._session.ws_connect(self._url, heartbeat=20, timeout=5) as socket:
            await socket.send_json(self._auth)
            await socket.send_json({"op": "subscribe", "args": ["order"]})
            await self._resync()
            async for message in socket:
                for row in message.json().get("data", []):
                    self.orders[row["orderLinkId"]] = row

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                await self._listen()
                failures = 0
            except (aiohttp.ClientError, OSError):
                failures = min(failures + 1, 5)
            await asyncio.sleep(min(2**failures, 30) + random.random())
