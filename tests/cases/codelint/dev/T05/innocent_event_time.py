"""What is missing stays missing; the time of receipt has a name of its own."""

import time


class Fills:
    def __init__(self):
        self.last = None
        self.received = 0
        self.started = 0

    def take(self, row):
        told = row.get("execTime")
        self.last = int(told) if told else None
        self.received = time.time_ns()

    def age(self, event, now_ms):
        return now_ms - event.event_time if event.event_time else None

    def begin(self, options):
        self.started = options.get("start") or time.time()

    def oldest(self, event, before):
        return event.event_time or before
