"""Spinning on events, tasks, deques and clocks."""

import asyncio
import collections


class Drain:
    def __init__(self):
        self.rows = collections.deque()
        self.ready = asyncio.Event()
        self.stopped = False

    async def until_ready(self):
        while not self.ready.is_set():  # expect: D39
            self.rows.rotate(1)

    async def until_done(self, task: asyncio.Task):
        while not task.done():  # expect: D39
            continue
        return task.result()

    async def take(self):
        while True:  # expect: D39
            try:
                return self.rows.popleft()
            except IndexError:
                continue

    async def until_stopped(self, loop):
        deadline = loop.time() + 5
        while loop.time() < deadline and not self.stopped:  # expect: D39
            ...
