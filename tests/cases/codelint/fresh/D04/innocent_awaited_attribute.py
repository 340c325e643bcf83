import asyncio


class Sink:
    async def flush(self) -> None:
        print("flushed")


class Writer:
    def __init__(self) -> None:
        self.sink = Sink()

    async def flush(self) -> None:
        await self.sink.flush()

    def flush_later(self, group: asyncio.TaskGroup) -> None:
        group.create_task(self.sink.flush())
