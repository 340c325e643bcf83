"""An event bus whose inboxes have no bound and whose readers have no deadline."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class Subscriber:
    inbox: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue())

    async def read(self) -> str:
        return await self.inbox.get()  # expect: D41


class Bus:
    def __init__(self) -> None:
        self.commands: asyncio.Queue[str] = asyncio.Queue(maxsize=0)
        self.urgent = asyncio.PriorityQueue()

    async def run(self, handle) -> None:
        while True:
            handle(await self.commands.get())  # expect: D41

    async def next_urgent(self) -> str:
        rank, text = await self.urgent.get()  # expect: D41
        return text
