"""StreamWriter.write and Queue.put_nowait are synchronous; only drain is awaited."""

import asyncio


class LineSender:
    def __init__(self, writer: asyncio.StreamWriter):
        self.writer = writer
        self.backlog: asyncio.Queue[bytes] = asyncio.Queue(maxsize=100)

    async def send(self, line: bytes) -> None:
        self.backlog.put_nowait(line)
        self.writer.write(self.backlog.get_nowait())
        await self.writer.drain()

    async def stop(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()
