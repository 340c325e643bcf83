from time import time


class Watchdog:
    def __init__(self, limit_s: int):
        self.limit_s = limit_s
        self.last_seen = time()

    def touch(self) -> None:
        self.last_seen = time()

    def is_stale(self) -> bool:
        return time() - self.last_seen > self.limit_s  # expect: D38
