"""State of the grid is written after each change."""

import asyncio
import json
from dataclasses import asdict, dataclass


@dataclass
class Grid:
    symbol: str
    levels: list[str]


class GridKeeper:
    def __init__(self, path: str) -> None:
        self._path = path
        self._changed = asyncio.Event()

    async def keep(self, grid: Grid) -> None:
        await asyncio.wait_for(self._changed.wait(), 30)
        self._changed.clear()
        handle = open(self._path, "w", encoding="utf-8")  # expect: D11
        json.dump(asdict(grid), handle)
        handle.close()
