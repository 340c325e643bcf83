"""The age of a message is a difference of two instants of the world: the wall clock is right."""

import asyncio
import time


class Freshness:
    def __init__(self, limit_ms: int) -> None:
        self.limit_ms = limit_ms

    def signed_at_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def age_ms(self, message: dict) -> int:
        return time.time_ns() // 1_000_000 - message["ts"]

    async def wait(self, seconds: int) -> int:
        started = time.monotonic()
        await asyncio.sleep(seconds)
        return int((time.monotonic() - started) * 1000)
