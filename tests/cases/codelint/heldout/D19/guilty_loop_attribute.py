"""Event loops from attributes, parameters and thread-safe callbacks."""

import asyncio


class Bridge:
    def __init__(self, loop: asyncio.AbstractEventLoop, engine):
        self._loop = loop
        self.engine = engine

    def on_message(self, message):
        self._loop.create_task(self.engine.handle(message))  # expect: D19

    def on_signal(self, number):
        asyncio.get_running_loop().create_task(self.engine.halt(f"signal {number}"))  # expect: D19


def start_all(event_loop: asyncio.AbstractEventLoop, jobs):
    for job in jobs:
        event_loop.create_task(job())  # expect: D19
