"""The producer always leaves an end mark, in its finally; the consumer stops there."""

import asyncio

END = object()


class Pipe:
    def __init__(self) -> None:
        self._queue: asyncio.Queue[object] = asyncio.Queue()

    async def produce(self, rows: list[dict]) -> None:
        try:
            for row in rows:
                self._queue.put_nowait(row)
                await asyncio.sleep(0)
        finally:
            self._queue.put_nowait(END)

    async def consume(self) -> int:
        count = 0
        while (await self._queue.get()) is not END:
            count += 1
        return count
