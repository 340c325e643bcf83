"""The bridge is meant for the socket thread, and called from a coroutine as well."""

import asyncio


class Bridge:
    def __init__(self, book) -> None:
        self.book = book
        self.loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        self.loop = asyncio.get_running_loop()

    async def _snapshot(self) -> dict:
        await asyncio.sleep(0)
        return dict(self.book)

    async def best(self, symbol: str) -> str:
        handle = asyncio.run_coroutine_threadsafe(self._snapshot(), self.loop)
        book = handle.result()  # expect: D42
        return book[symbol]
