import time


class Gate:
    def __init__(self, limiter):
        self.limiter = limiter

    async def enter(self):
        while not self.limiter.try_acquire():  # expect: D39
            continue
        return True

    async def until(self, deadline_us):
        while time.monotonic_ns() // 1000 < deadline_us:  # expect: D39
            now_us = time.monotonic_ns() // 1000
        return now_us
