"""Reading rows with a bare except that also eats the cancellation."""


class Reader:
    def __init__(self, stream, sink) -> None:
        self.stream = stream
        self.sink = sink
        self.bad = 0

    async def run(self) -> None:
        while True:
            try:
                row = await self.stream.next()
                self.sink.put_nowait(row)
            except:  # noqa: E722  # expect: D20
                self.bad += 1
