"""Elapsed time by wall clocks of three kinds."""

import datetime as dt
import time


class Throttle:
    def __init__(self, gap_ms):
        self.gap_ms = gap_ms
        self.last_ms = 0

    def allowed(self):
        now_ms = int(time.time() * 1000)
        if now_ms - self.last_ms < self.gap_ms:  # expect: D38
            return False
        self.last_ms = now_ms
        return True


class Timer:
    def __enter__(self):
        self.begin = dt.datetime.utcnow()
        return self

    def __exit__(self, *error):
        self.seconds = (dt.datetime.utcnow() - self.begin).total_seconds()  # expect: D38


async def measure(job):
    t0 = time.time_ns()
    await job()
    return (time.time_ns() - t0) // 1000  # expect: D38
