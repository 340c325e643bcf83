"""Orders of one symbol go one at a time; a refusal leaves the door shut."""

import asyncio
from decimal import Decimal


class SerialDesk:
    def __init__(self, desk, minimum: Decimal) -> None:
        self.desk = desk
        self.minimum = minimum
        self._turn = asyncio.Lock()

    async def submit(self, intent) -> str | None:
        await self._turn.acquire()  # expect: D31
        if intent.quantity < self.minimum:
            return None
        try:
            async with asyncio.timeout(3):
                answer = await self.desk.submit(intent)
        finally:
            self._turn.release()
        return answer
