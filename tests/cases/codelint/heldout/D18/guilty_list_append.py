import asyncio


class Warmers:
    def __init__(self):
        self.running = []

    async def begin(self, feeds):
        loop = asyncio.get_running_loop()
        for feed in feeds:
            self.running += [loop.create_task(feed.warm())]  # expect: D18

    def halt(self):
        while self.running:
            self.running.pop().cancel()
