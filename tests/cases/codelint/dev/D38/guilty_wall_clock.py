"""Durations and deadlines by a clock that NTP may move."""

import asyncio
import time
from datetime import UTC, datetime


class Latency:
    def __init__(self, transport):
        self.transport = transport
        self.samples_s = []

    async def measure(self, message):
        started = time.time()
        await self.transport.send(message)
        self.samples_s.append(time.time() - started)  # expect: D38

    async def wait_ready(self, feed, limit_s):
        deadline = time.time() + limit_s  # expect: D38@deadline
        while time.time() < deadline:  # expect: D38@deadline
            if feed.ready:
                return True
            await asyncio.sleep(0.1)
        return False


async def timed(work):
    begin = datetime.now(UTC)
    result = await work()
    took = datetime.now(UTC) - begin  # expect: D38
    return result, took
