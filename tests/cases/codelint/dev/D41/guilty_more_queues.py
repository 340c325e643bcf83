"""Unbounded queues in a dataclass, by a factory, in a container and by parameter."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class Mailbox:
    rows: asyncio.Queue = field(default_factory=asyncio.Queue)

    async def next(self):
        return await self.rows.get()  # expect: D41


def make_queue() -> asyncio.Queue:
    return asyncio.Queue()


class Router:
    def __init__(self, names):
        self.inbox = make_queue()
        self.by_name = {name: asyncio.Queue() for name in names}

    async def run(self):
        while True:
            name, row = await self.inbox.get()  # expect: D41
            await self.by_name[name].put(row)

    async def take(self, name):
        return await self.by_name[name].get()  # expect: D41
