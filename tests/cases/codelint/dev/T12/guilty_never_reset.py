"""The delay only ever grows: after a week every drop costs half a minute."""

import asyncio

import websockets


class Stream:
    def __init__(self, url, subscribe, reconcile, handler):
        self.url = url
        self.subscribe = subscribe
        self.reconcile = reconcile
        self.handler = handler

    async def run(self):
        delay_s = 1
        while True:  # expect: T12@run
            try:
                async with websockets.connect(self.url, open_timeout=10) as socket:
                    await self.subscribe(socket)
                    async with asyncio.timeout(10):
                        await self.reconcile()
                    async for message in socket:
                        await self.handler(message)
            except (OSError, websockets.ConnectionClosed):
                await asyncio.sleep(delay_s)  # expect: T12@run
                delay_s = min(delay_s * 2, 30)  # expect: T12@run
