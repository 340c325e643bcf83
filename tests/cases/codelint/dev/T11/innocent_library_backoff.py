"""The library's reconnecting iterator waits by itself between attempts."""

import asyncio

import websockets


async def run(url, login, subscribe, reconcile, handler):
    async for socket in websockets.connect(url, open_timeout=10):
        try:
            await login(socket)
            await subscribe(socket)
            async with asyncio.timeout(10):
                await reconcile()
            async for message in socket:
                await handler(message)
        except websockets.ConnectionClosed:
            continue
