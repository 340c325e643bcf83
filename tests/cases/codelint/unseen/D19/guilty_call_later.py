"""A stale limit order is looked at again after a while, by a timer."""

import asyncio


class Expiry:
    def __init__(self) -> None:
        self.looked_at: list[str] = []

    async def look(self, link_id: str) -> None:
        await asyncio.sleep(0)
        self.looked_at.append(link_id)

    def _fire(self, loop: asyncio.AbstractEventLoop, link_id: str) -> None:
        loop.create_task(self.look(link_id), name=f"expiry-{link_id}")  # expect: D19

    def arm(self, loop: asyncio.AbstractEventLoop, link_id: str, after_s: int) -> None:
        loop.call_later(after_s, self._fire, loop, link_id)
