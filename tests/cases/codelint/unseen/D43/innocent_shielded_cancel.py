"""The cleaning up is a task that is shielded and given its time."""

import asyncio


class Grid:
    def __init__(self, desk, symbol: str) -> None:
        self.desk = desk
        self.symbol = symbol

    async def run(self, halt: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(3600):
                await halt.wait()
        finally:
            sweep = asyncio.wait_for(self.desk.cancel_all(self.symbol), 5)
            await asyncio.shield(sweep)
