"""The handler leaves its coroutine, but the loop that awaits it goes on."""


class Flusher:
    def __init__(self, sink):
        self.sink = sink
        self.rows = []
        self.broken = False

    async def run(self):
        while not self.broken:
            await self.flush()

    async def flush(self):
        try:
            await self.sink.write(self.rows)
        except BaseException as exc:  # expect: D22
            print("flush failed", exc)
            return
        self.rows.clear()
