import asyncio
import time


class Cooldown:
    def __init__(self, seconds):
        self.seconds = seconds
        self.until = 0

    def start(self):
        self.until = time.time() + self.seconds  # expect: D38@until

    def active(self):
        return time.time() < self.until  # expect: D38@until


async def wait_connected(feed, limit_s):
    started = time.time()
    while not feed.connected:
        elapsed = time.time() - started  # expect: D38
        if elapsed > limit_s:
            raise TimeoutError(f"not connected within {limit_s} s")
        await asyncio.sleep(0.2)
