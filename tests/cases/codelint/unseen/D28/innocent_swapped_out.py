"""The collection is taken out of the object in one step, then iterated at leisure."""

import asyncio


class Outbox:
    def __init__(self, sink) -> None:
        self.sink = sink
        self._rows: list[dict] = []

    def add(self, row: dict) -> None:
        self._rows.append(row)

    async def flush(self) -> int:
        rows, self._rows = self._rows, []
        for row in rows:
            async with asyncio.timeout(2):
                await self.sink.write(row)
        return len(rows)
