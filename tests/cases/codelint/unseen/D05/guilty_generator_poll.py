"""Polls the mark price and yields each change."""

import time as clock
from collections.abc import AsyncIterator

import aiohttp


class MarkPoller:
    pause_s = 2

    def __init__(self, base: str) -> None:
        self._session = aiohttp.ClientSession(base, timeout=aiohttp.ClientTimeout(total=4))

    async def changes(self, symbol: str) -> AsyncIterator[str]:
        last = ""
        while True:
            async with self._session.get("/v5/market/tickers", params={"symbol": symbol}) as reply:
                body = await reply.json()
            mark = body["result"]["list"][0]["markPrice"]
            if mark != last:
                last = mark
                yield mark
            clock.sleep(self.pause_s)  # expect: D05
