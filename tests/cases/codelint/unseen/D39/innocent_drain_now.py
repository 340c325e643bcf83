"""A loop without an await that ends by itself: it empties what is there now."""

import asyncio


class Batcher:
    def __init__(self) -> None:
        self._inbox: asyncio.Queue[dict] = asyncio.Queue(maxsize=1000)

    def put(self, row: dict) -> None:
        self._inbox.put_nowait(row)

    async def batch(self) -> list[dict]:
        async with asyncio.timeout(5):
            rows = [await self._inbox.get()]
        while not self._inbox.empty() and len(rows) < 100:
            rows.append(self._inbox.get_nowait())
        return rows
