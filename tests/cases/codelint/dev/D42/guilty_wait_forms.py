"""Waiting in the loop for futures of the same loop, by other doors."""

import asyncio
from concurrent.futures import as_completed, wait


class Fan:
    def __init__(self, loop, sender):
        self.loop = loop
        self.sender = sender

    def _start(self, text):
        return asyncio.run_coroutine_threadsafe(self.sender.send(text), self.loop)

    async def all(self, texts):
        futures = [self._start(text) for text in texts]
        done, _ = wait(futures, timeout=5)  # expect: D42
        return len(done)

    async def first(self, texts):
        futures = [self._start(text) for text in texts]
        for future in as_completed(futures, timeout=5):  # expect: D42@first
            return future.result()  # expect: D42@first

    async def failure(self, text):
        return self._start(text).exception(timeout=5)  # expect: D42
