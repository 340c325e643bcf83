import asyncio


class StreamPool:
    def __init__(self, factory):
        self.factory = factory
        self.tasks = {}

    def open(self, symbol):
        if symbol in self.tasks:
            return
        stream = self.factory(symbol)
        self.tasks[symbol] = asyncio.create_task(stream.pump())  # expect: D18

    def close(self, symbol):
        task = self.tasks.pop(symbol, None)
        if task:
            task.cancel()

    @property
    def count(self):
        return len(self.tasks)
