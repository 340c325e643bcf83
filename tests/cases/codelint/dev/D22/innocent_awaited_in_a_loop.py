"""A cancellation is no failure to write: it passes through to the loop and ends it."""


class Flusher:
    def __init__(self, sink):
        self.sink = sink
        self.rows = []

    async def run(self):
        while True:
            await self.flush()

    async def flush(self):
        try:
            await self.sink.write(self.rows)
        except BaseException as exc:
            print("flush failed", exc)
            self.rows = list(self.rows)
            raise
        self.rows.clear()
