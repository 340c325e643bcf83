"""A grid leaves its orders behind when it is cancelled twice."""

import asyncio


class Grid:
    def __init__(self, desk, symbol: str) -> None:
        self.desk = desk
        self.symbol = symbol
        self.turns = 0

    async def run(self) -> None:
        try:
            while True:
                self.turns += 1
                await asyncio.sleep(1)
        finally:
            await asyncio.wait_for(self.desk.cancel_all(self.symbol), 5)  # expect: D43
