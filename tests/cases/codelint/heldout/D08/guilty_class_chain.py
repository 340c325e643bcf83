"""Coroutine → service → repository → driver, over attributes with annotations."""

import subprocess


class Chrony:
    def offset_ms(self) -> str:
        return subprocess.check_output(["chronyc", "-c", "tracking"], text=True, timeout=5)


class ClockService:
    def __init__(self, source: Chrony):
        self._source = source

    def offset(self) -> str:
        return self._source.offset_ms().split(",")[4]


class Guard:
    def __init__(self, clock: ClockService, limit: str):
        self.clock = clock
        self.limit = limit

    async def check(self) -> bool:
        return self.clock.offset() <= self.limit  # expect: D08
