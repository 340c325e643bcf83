"""The whole engine waits for one slow reply."""

import asyncio


class Cache:
    def __init__(self, session):
        self.session = session
        self.lock = asyncio.Lock()
        self.tickers = {}

    async def refresh(self, symbol):
        async with self.lock:  # expect: D32@refresh
            async with self.session.get(  # expect: D32@refresh
                f"/v5/market/tickers?symbol={symbol}", timeout=5
            ) as response:
                self.tickers[symbol] = await response.json()  # expect: D32@refresh

    async def latest(self, symbol):
        async with self.lock:
            return self.tickers.get(symbol)
