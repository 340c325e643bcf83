"""Fire and forget: the loop keeps only weak references to tasks."""

import asyncio
from asyncio import create_task


async def publish(bus, event):
    await bus.publish(event)


class Engine:
    def __init__(self, bus):
        self.bus = bus

    async def on_fill(self, fill):
        asyncio.create_task(publish(self.bus, fill))  # expect: D17
        return fill.exec_id

    async def on_book(self, book):
        if book.crossed:
            create_task(self.bus.publish("crossed"))  # expect: D17
