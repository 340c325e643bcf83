"""Latency and time-outs by the wall clock."""

import time
from datetime import datetime, timezone
from time import time_ns


class Probe:
    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self.since = datetime.now(timezone.utc)

    async def round_trip_ms(self, ping) -> float:
        before = time_ns()
        await ping()
        return (time_ns() - before) / 1e6  # expect: D38

    def idle_s(self) -> float:
        return (datetime.now(timezone.utc) - self.since).total_seconds()  # expect: D38

    async def poll(self, ready) -> bool:
        end = time.time() + self.limit_s  # expect: D38@poll
        while not await ready():
            if time.time() > end:  # expect: D38@poll
                return False
        return True
