"""The lock guards memory only; the network is outside."""

import asyncio


class Cache:
    def __init__(self, session):
        self.session = session
        self.lock = asyncio.Lock()
        self.tickers = {}

    async def refresh(self, symbol):
        url = f"/v5/market/tickers?symbol={symbol}"
        async with self.session.get(url, timeout=5) as response:
            ticker = await response.json()
        async with self.lock:
            self.tickers[symbol] = ticker

    async def merge(self, rows):
        async with self.lock:
            ordered = await asyncio.to_thread(sorted, rows)
            self.tickers.update(ordered)
