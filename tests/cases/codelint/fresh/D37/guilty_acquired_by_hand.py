import threading


class Cache:
    def __init__(self, source) -> None:
        self.source = source
        self.lock = threading.Lock()
        self.value = None

    async def get(self):
        self.lock.acquire()  # expect: D37@get
        try:
            self.value = await self.source.read()  # expect: D37@get
        finally:
            self.lock.release()
        return self.value

    async def each(self, handle):
        with self.lock:  # expect: D37@each
            async for row in self.source:  # expect: D37@each
                await handle(row)  # expect: D37@each
