"""A synchronous method shares its name with a coroutine function of the same module."""

import asyncio


async def flush(stream):
    await stream.drain()


class RingBuffer:
    def __init__(self, size: int):
        self.size = size
        self.items: list[str] = []

    def flush(self) -> None:
        self.items.clear()

    def push(self, item: str) -> None:
        self.items.append(item)
        if len(self.items) >= self.size:
            self.flush()


async def pump(stream, lines):
    ring = RingBuffer(64)
    for line in lines:
        ring.push(line)
    ring.flush()
    await flush(stream)
    await asyncio.sleep(0)
