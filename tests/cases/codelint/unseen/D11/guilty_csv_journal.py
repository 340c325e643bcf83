"""Every fill becomes a line of the day's file, written where the fill is handled."""

import csv
from collections.abc import AsyncIterator


class DayFile:
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.lines = 0

    async def follow(self, fills: AsyncIterator[dict]) -> None:
        async for fill in fills:
            name = f"{self._folder}/{fill['day']}.csv"
            with open(name, "a", newline="", encoding="utf-8") as handle:  # expect: D11
                csv.writer(handle).writerow([fill["execId"], fill["symbol"], fill["execQty"]])
            self.lines += 1
