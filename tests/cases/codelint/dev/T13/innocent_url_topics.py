"""Binance's combined streams are named in the address: connecting is subscribing."""

import asyncio
import random

import websockets


async def run(base, symbols, resync, handler):
    names = "/".join(f"{symbol.lower()}@aggTrade" for symbol in symbols)
    failures = 0
    while True:
        try:
            async with websockets.connect(f"{base}/stream?streams={names}") as socket:
                async with asyncio.timeout(10):
                    await resync()
                async for message in socket:
                    failures = 0
                    await handler(message)
        except (OSError, websockets.ConnectionClosed):
            failures += 1
            await asyncio.sleep(min(2**failures, 30) * random.uniform(0.5, 1))
