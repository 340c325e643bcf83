"""Monotonic clocks for durations; the wall clock for stamps only."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class Latency:
    def __init__(self, transport):
        self.transport = transport
        self.samples_s = []

    async def measure(self, message):
        message["ts_sent_us"] = time.time_ns() // 1000
        started = time.monotonic()
        await self.transport.send(message)
        self.samples_s.append(time.monotonic() - started)

    async def wait_ready(self, feed, limit_s):
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit_s
        while loop.time() < deadline:
            if feed.ready:
                return True
            await asyncio.sleep(0.1)
        return False


def history_range(days: int) -> tuple[datetime, datetime]:
    end = datetime.now(UTC)
    return end - timedelta(days=days), end
