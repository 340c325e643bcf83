"""Acquired with a deadline, released in the finally that follows at once."""

import asyncio


class Turnstile:
    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self.passed = 0

    async def through(self, work) -> bool:
        try:
            await asyncio.wait_for(self._lock.acquire(), 1)
        except TimeoutError:
            return False
        try:
            work()
            self.passed += 1
        finally:
            self._lock.release()
        return True
