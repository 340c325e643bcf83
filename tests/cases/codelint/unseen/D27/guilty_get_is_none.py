"""One grid for each symbol, made when the first signal of the symbol comes."""

import asyncio


class Grids:
    def __init__(self, builder) -> None:
        self.builder = builder
        self.grids: dict[str, object] = {}

    async def grid_of(self, symbol: str) -> object:
        grid = self.grids.get(symbol)  # expect: D27@grid
        if grid is None:  # expect: D27@grid
            async with asyncio.timeout(10):
                grid = await self.builder.place_grid(symbol)
            self.grids[symbol] = grid  # expect: D27@grid
        return grid
