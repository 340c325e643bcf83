"""A clock object of ours: monotonic for durations, wall for stamps of rows."""

import time


class Clock:
    def monotonic_us(self):
        return time.monotonic_ns() // 1000

    def wall_us(self):
        return time.time_ns() // 1000


class Latency:
    def __init__(self, clock: Clock):
        self.clock = clock

    async def measure(self, job, rows):
        begin = self.clock.monotonic_us()
        await job()
        took_us = self.clock.monotonic_us() - begin
        rows.append({"ts_us": self.clock.wall_us(), "took_us": took_us})
        return took_us
