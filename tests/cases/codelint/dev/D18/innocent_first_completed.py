"""The first task that ends ends the run, with its exception."""

import asyncio


class Supervisor:
    def __init__(self, workers):
        self.workers = workers
        self.tasks = []

    async def run(self):
        self.tasks = [asyncio.create_task(worker.run()) for worker in self.workers]
        done, pending = await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in done:
            task.result()
