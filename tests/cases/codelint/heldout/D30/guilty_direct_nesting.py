import asyncio


class Gate:
    def __init__(self):
        self._gate = asyncio.Lock()
        self.count = 0

    async def enter(self, again):
        async with self._gate:
            self.count += 1
            if again:
                async with self._gate:  # expect: D30
                    self.count += 1

    async def guarded(self, job):
        await self._gate.acquire()
        try:
            await self.leave()  # expect: D30
            return job()
        finally:
            self._gate.release()

    async def leave(self):
        async with self._gate:
            self.count -= 1
