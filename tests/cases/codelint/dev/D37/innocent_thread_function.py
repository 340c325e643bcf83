"""The lock is taken in a function that a thread runs."""

import asyncio
import threading


class Writer:
    def __init__(self):
        self.lock = threading.Lock()
        self.lines = []

    def _append(self, line):
        with self.lock:
            self.lines.append(line)

    async def append(self, line):
        await asyncio.to_thread(self._append, line)
