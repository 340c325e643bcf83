"""The heartbeat task is stored so that it can be cancelled; its death is silent."""

import asyncio


class Connection:
    def __init__(self, socket) -> None:
        self.socket = socket
        self._beat: asyncio.Task | None = None
        self._jobs: dict[str, asyncio.Task] = {}

    async def open(self) -> None:
        self._beat = asyncio.create_task(self._heartbeat())  # expect: D18

    def watch(self, symbol: str, feed) -> None:
        self._jobs[symbol] = asyncio.create_task(feed.follow(symbol))  # expect: D18

    async def _heartbeat(self) -> None:
        while True:
            await self.socket.send("ping")
            await asyncio.sleep(20)

    def close(self) -> None:
        if self._beat:
            self._beat.cancel()
        for job in self._jobs.values():
            job.cancel()
