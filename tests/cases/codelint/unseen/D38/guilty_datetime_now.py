"""How long an order took to be acknowledged."""

import asyncio
from datetime import datetime


class Latency:
    def __init__(self, desk) -> None:
        self.desk = desk
        self.slow = 0

    async def submit(self, intent) -> str:
        started = datetime.now()
        async with asyncio.timeout(3):
            answer = await self.desk.submit(intent)
        took = datetime.now() - started  # expect: D38
        if took.total_seconds() > 1:
            self.slow += 1
        return answer
