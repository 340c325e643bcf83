"""The socket thread waits for the loop of the engine: two threads, nobody waits for itself."""

import asyncio
import threading


class ThreadSide:
    def __init__(self, loop: asyncio.AbstractEventLoop, engine) -> None:
        self._loop = loop
        self._engine = engine
        self._thread = threading.Thread(target=self._work, name="venue")

    def _work(self) -> None:
        future = asyncio.run_coroutine_threadsafe(self._engine.turn(), self._loop)
        future.result(timeout=5)

    def start(self) -> None:
        self._thread.start()
