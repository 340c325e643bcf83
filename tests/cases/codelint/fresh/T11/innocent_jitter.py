"""Waits longer after each failure, up to a limit, and starts anew after a good hour."""

import asyncio
import random

import aiohttp


class Trades:
    def __init__(self, session: aiohttp.ClientSession, book) -> None:
        self.session = session
        self.book = book

    async def run(self, url: str, symbols: list[str]) -> None:
        failures = 0
        while True:
            try:
                async with self.session.ws_connect(url, heartbeat=15, timeout=10) as socket:
                    await socket.send_json({"op": "subscribe", "args": symbols})
                    async with asyncio.timeout(10):
                        await self.book.reconcile(symbols)
                    async for message in socket:
                        failures = 0
                        self.book.apply(message.json())
            except aiohttp.ClientError as error:
                print("lost:", error)
            failures += 1
            await asyncio.sleep(min(0.5 * 2 ** min(failures, 7), 30) * random.uniform(0.5, 1))
