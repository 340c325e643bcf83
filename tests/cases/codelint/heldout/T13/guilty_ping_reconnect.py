class Watchdog:
    def __init__(self, stream, rest, backoff):
        self.stream = stream
        self.rest = rest
        self.backoff = backoff

    async def start(self, topics):
        await self.stream.connect()
        await self.stream.subscribe(topics)

    async def check(self):  # expect: T13@check
        if await self.stream.ping(timeout=3):
            return
        await self.backoff.wait()
        await self.stream.connect()  # expect: T13@check
        await self.rest.reconcile()
