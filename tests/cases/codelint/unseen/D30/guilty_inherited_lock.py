"""The lock comes from the base class, and both sides of the call take it."""

import asyncio


class Guarded:
    def __init__(self) -> None:
        self._mutex = asyncio.Lock()
        self._rows: dict[str, str] = {}

    async def forget(self, key: str) -> None:
        async with self._mutex:
            self._rows.pop(key, None)


class OrderBook(Guarded):
    async def finish(self, key: str, status: str) -> None:
        async with self._mutex:
            self._rows[key] = status
            if status in ("Filled", "Cancelled"):
                await self.forget(key)  # expect: D30
