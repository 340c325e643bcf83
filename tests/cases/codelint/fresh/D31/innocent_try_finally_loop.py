import asyncio


class Writer:
    def __init__(self, sink) -> None:
        self.sink = sink
        self.turn = asyncio.Lock()

    async def write_all(self, rows) -> int:
        written = 0
        for row in rows:
            await self.turn.acquire()
            try:
                if row is None:
                    continue
                self.sink.append(row)
                written += 1
            finally:
                self.turn.release()
        return written
