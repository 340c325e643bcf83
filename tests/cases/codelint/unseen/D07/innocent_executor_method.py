"""The helper blocks, and is only entered through the loop's executor."""

import asyncio
import time


class CsvExport:
    def __init__(self, target: str) -> None:
        self._target = target

    def _write_slowly(self, rows: list[str]) -> int:
        with open(self._target, "a", encoding="utf-8") as handle:
            for row in rows:
                handle.write(row + "\n")
        time.sleep(0.01)
        return len(rows)

    async def export(self, rows: list[str]) -> int:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self._write_slowly, rows)


def main(export: CsvExport) -> None:
    export._write_slowly(["symbol,side"])
    asyncio.run(export.export([]))
