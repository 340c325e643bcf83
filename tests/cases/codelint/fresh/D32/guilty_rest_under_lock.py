"""One slow answer of the exchange stops everybody who wants the lock."""

import asyncio

import ccxt.async_support as ccxt
import httpx


class Gateway:
    def __init__(self, http: httpx.AsyncClient, venue: ccxt.okx) -> None:
        self.http = http
        self.venue = venue
        self.state_lock = asyncio.Lock()
        self.tickers: dict[str, dict] = {}

    async def refresh(self, symbol: str) -> None:
        async with self.state_lock:  # expect: D32@refresh
            reply = await self.http.get("/ticker", params={"s": symbol}, timeout=5)  # expect: D32@refresh
            self.tickers[symbol] = reply.json()

    async def margin(self) -> dict:
        async with self.state_lock:  # expect: D32@margin
            async with asyncio.timeout(5):
                return await self.venue.fetch_balance()  # expect: D32@margin
