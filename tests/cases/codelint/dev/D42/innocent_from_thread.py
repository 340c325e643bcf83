"""The waiting happens in another thread than the loop's."""

import asyncio
import threading


class Console(threading.Thread):
    def __init__(self, loop, engine):
        super().__init__(daemon=True)
        self.loop = loop
        self.engine = engine

    def run(self):
        future = asyncio.run_coroutine_threadsafe(self.engine.status(), self.loop)
        print(future.result(timeout=5))


async def start(engine):
    Console(asyncio.get_running_loop(), engine).start()
