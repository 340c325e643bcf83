"""Capped, and reset after a connection that proved itself."""

import asyncio
import random


class Reconnector:
    def __init__(self, connect, subscribe, reconcile, pump):
        self.connect = connect
        self.subscribe = subscribe
        self.reconcile = reconcile
        self.pump = pump
        self.failures = 0

    async def run(self):
        while True:
            try:
                socket = await self.connect(timeout=10)
                await self.subscribe(socket)
                async with asyncio.timeout(10):
                    await self.reconcile()
                self.failures = 0
                await self.pump(socket)
            except ConnectionError:
                self.failures += 1
                delay_s = min(0.5 * 2**self.failures, 30)
                await asyncio.sleep(delay_s * random.uniform(0.5, 1.5))
