"""The exchange sends a full snapshot on each subscription, and the code waits for it."""

import asyncio


class BookStream:
    def __init__(self, transport, book):
        self.transport = transport
        self.book = book

    async def reconnect(self, symbol):
        self.book.invalidate(symbol)
        await self.transport.wait_backoff()
        await self.transport.open()
        await self.transport.subscribe([f"orderbook.50.{symbol}"])
        async with asyncio.timeout(5):
            snapshot = await self.transport.wait_snapshot(symbol)
        self.book.load_snapshot(symbol, snapshot)
