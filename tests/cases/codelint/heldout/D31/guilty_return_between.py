import asyncio


class Turnstile:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.count = 0

    async def enter(self, limit):
        await self.lock.acquire()  # expect: D31
        if self.count >= limit:
            raise PermissionError(f"{limit} are inside")
        self.count += 1
        self.lock.release()
