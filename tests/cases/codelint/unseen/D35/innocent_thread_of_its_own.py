"""A thread has no running loop: asyncio.run is right there."""

import asyncio
import threading


class SideLoop:
    def __init__(self, main) -> None:
        self._main = main
        self._thread = threading.Thread(target=self._run, name="side-loop")

    def _run(self) -> None:
        asyncio.run(self._main())

    async def start(self) -> None:
        self._thread.start()

    async def stop(self) -> None:
        await asyncio.to_thread(self._thread.join, 5)
