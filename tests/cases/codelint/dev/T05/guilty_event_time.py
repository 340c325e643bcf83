"""Our own clock stands in for a time that the exchange did not tell."""

import time


class Fills:
    def __init__(self, clock):
        self.clock = clock
        self.last = 0

    def take(self, row):
        at = int(row.get("execTime") or time.time() * 1000)  # expect: T05
        self.last = max(self.last, at)

    def take_event(self, event):
        self.last = event.event_time_ms or self.clock.now()  # expect: T05

    def take_other(self, row):
        self.last = row.get("updatedTime", time.time_ns())  # expect: T05

    def take_last(self, fill, now_ms):
        self.last = fill.trade_time if fill.trade_time else now_ms  # expect: T05
