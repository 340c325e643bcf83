"""At most so many entries a day; the count is raised after the order is accepted."""

import asyncio


class DailyCap:
    def __init__(self, desk, cap: int) -> None:
        self.desk = desk
        self.cap = cap
        self.entries_today = 0

    async def enter(self, intent) -> bool:
        if self.entries_today >= self.cap:  # expect: D23@cap
            return False
        async with asyncio.timeout(3):
            await self.desk.submit(intent)
        self.entries_today += 1  # expect: D23@cap
        return True

    def new_day(self) -> None:
        self.entries_today = 0
