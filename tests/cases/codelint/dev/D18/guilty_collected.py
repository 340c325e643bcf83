import asyncio


class Supervisor:
    def __init__(self, workers):
        self.workers = workers
        self.tasks = []

    async def start(self):
        for worker in self.workers:
            self.tasks.append(asyncio.create_task(worker.run()))  # expect: D18

    def stop(self):
        for task in self.tasks:
            task.cancel()
        self.tasks.clear()
