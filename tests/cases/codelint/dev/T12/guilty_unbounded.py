import asyncio


class Reconnector:
    def __init__(self, connect, subscribe, reconcile, pump):
        self.connect = connect
        self.subscribe = subscribe
        self.reconcile = reconcile
        self.pump = pump
        self.failures = 0

    async def run(self):
        while True:  # expect: T12@run
            try:
                socket = await self.connect(timeout=10)
                await self.subscribe(socket)
                async with asyncio.timeout(10):
                    await self.reconcile()
                self.failures = 0
                await self.pump(socket)
            except ConnectionError:
                self.failures += 1
                await asyncio.sleep(2**self.failures)  # expect: T12@run
