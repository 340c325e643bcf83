"""The thread lock guards two lines of memory; the await comes after it."""

import asyncio
import threading


class Counters:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}

    def add(self, name: str) -> None:
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + 1

    async def publish(self, sink) -> None:
        with self._lock:
            counts = dict(self._counts)
        async with asyncio.timeout(2):
            await sink.write(counts)
