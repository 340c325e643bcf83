import asyncio


class Gate:
    def __init__(self) -> None:
        self.opened = False
        self.changed = asyncio.Condition()

    async def passed(self) -> None:
        async with self.changed:
            while not self.opened:
                await self.changed.wait()

    async def polled(self, ready) -> None:
        while not await ready():
            await asyncio.sleep(0.2)
