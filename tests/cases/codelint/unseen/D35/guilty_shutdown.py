"""On shutdown the positions are flattened, in a second loop that cannot start."""

import asyncio


class Engine:
    def __init__(self, desk) -> None:
        self.desk = desk
        self.flat = False

    async def _flatten(self) -> bool:
        async with asyncio.timeout(20):
            return await self.desk.flatten()

    async def __aenter__(self) -> "Engine":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.flat = asyncio.run(self._flatten())  # expect: D35
