from asyncio import Queue


class SignalWorker:
    def __init__(self, handler):
        self.inbox: Queue = Queue()
        self.handler = handler

    def offer(self, signal):
        self.inbox.put_nowait(signal)

    async def run(self):
        while True:
            signal = await self.inbox.get()  # expect: D41
            await self.handler(signal)
