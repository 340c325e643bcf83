"""The slot is taken before the wait, and given back when the order is refused."""

import asyncio


class Slots:
    def __init__(self, desk, limit: int) -> None:
        self.desk = desk
        self.limit = limit
        self.used = 0

    async def enter(self, intent) -> bool:
        if self.used >= self.limit:
            return False
        self.used += 1
        try:
            async with asyncio.timeout(3):
                await self.desk.submit(intent)
        except BaseException:
            self.used -= 1
            raise
        return True
