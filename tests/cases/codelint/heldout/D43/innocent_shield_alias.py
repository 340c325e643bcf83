"""Shield under its own name; a cleanup that returns a task for the caller to await."""

import asyncio
from asyncio import shield


class Exporter:
    def __init__(self, sink):
        self.sink = sink

    async def export(self, page):
        try:
            await self.sink.write(page)
        finally:
            await shield(self.sink.sync())

    async def export_group(self, pages):
        async with asyncio.TaskGroup() as group:
            for page in pages:
                group.create_task(self.sink.write(page))
        await self.sink.sync()
