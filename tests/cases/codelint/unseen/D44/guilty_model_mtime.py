"""A new model is noticed by the time of its file."""

import asyncio
import os


class ModelWatch:
    def __init__(self, path: str) -> None:
        self._path = path
        self._seen = 0
        self.changes = 0

    async def run(self) -> None:
        while True:
            changed = os.stat(self._path).st_mtime_ns  # expect: D44
            if changed != self._seen:
                self._seen = changed
                self.changes += 1
            await asyncio.sleep(10)
