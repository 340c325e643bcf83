"""The asynchronous chain of equal depth; the blocking one is only entered by threads."""

import asyncio
import time


class Driver:
    def exchange(self, frame):
        time.sleep(0.02)
        return frame


class Adapter:
    def __init__(self):
        self.driver = Driver()

    def call(self, frame):
        return self.driver.exchange(frame)


class Service:
    def __init__(self):
        self.adapter = Adapter()

    async def handle(self, frame):
        return await asyncio.to_thread(self.adapter.call, frame)

    async def handle_all(self, frames):
        loop = asyncio.get_running_loop()
        calls = [loop.run_in_executor(None, self.adapter.call, frame) for frame in frames]
        return await asyncio.gather(*calls)
