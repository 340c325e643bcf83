"""A signal is sent once: its link id is remembered when the order is through."""

import asyncio


class OnceOnly:
    def __init__(self, desk) -> None:
        self.desk = desk
        self.sent: set[str] = set()

    async def submit(self, signal, link_id: str) -> bool:
        if link_id in self.sent:  # expect: D27@once
            return False
        async with asyncio.timeout(3):
            await self.desk.submit(signal, link_id)
        self.sent.add(link_id)  # expect: D27@once
        return True
