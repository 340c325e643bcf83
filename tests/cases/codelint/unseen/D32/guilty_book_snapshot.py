"""The order book is locked while its snapshot is downloaded."""

import asyncio

import ccxt.async_support as ccxt


class BookKeeper:
    def __init__(self) -> None:
        self._venue = ccxt.bybit({"timeout": 3000})
        self._lock = asyncio.Lock()
        self._book: dict[str, list] = {}

    async def resync(self, symbol: str) -> None:
        async with self._lock:  # expect: D32@snapshot
            book = await self._venue.fetch_order_book(symbol, 50)  # expect: D32@snapshot
            self._book = {"bids": book["bids"], "asks": book["asks"]}

    async def best(self) -> tuple:
        async with self._lock:
            return self._book["bids"][0], self._book["asks"][0]
