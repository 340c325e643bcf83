"""A thread lock taken by hand around an await."""

import asyncio
from threading import Lock


class Rate:
    def __init__(self, per_second: int) -> None:
        self._lock = Lock()
        self._gap_s = 1 / per_second
        self.passed = 0

    async def wait(self) -> None:
        self._lock.acquire()  # expect: D37@gap
        try:
            await asyncio.sleep(self._gap_s)  # expect: D37@gap
            self.passed += 1
        finally:
            self._lock.release()
