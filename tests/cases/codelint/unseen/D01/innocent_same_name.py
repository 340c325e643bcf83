"""A synchronous publish beside an asynchronous one of the same name: only one needs an await."""

import asyncio
from collections import deque


class LocalBus:
    def __init__(self) -> None:
        self.sent: deque[dict] = deque(maxlen=500)

    def publish(self, event: dict) -> None:
        self.sent.append(event)


class RemoteBus:
    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def publish(self, event: bytes) -> None:
        self._writer.write(event)
        async with asyncio.timeout(2):
            await self._writer.drain()


async def announce(local: LocalBus, remote: RemoteBus, event: dict, raw: bytes) -> None:
    local.publish(event)
    await remote.publish(raw)
