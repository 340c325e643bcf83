"""Deltas are held back until the snapshot is there."""

import asyncio


class Book:
    def __init__(self) -> None:
        self.ready = False
        self.deltas: list[dict] = []
        self.applied = 0

    def on_snapshot(self, rows: dict) -> None:
        self.ready = bool(rows)

    async def apply_all(self) -> None:
        while not self.ready:  # expect: D39
            continue
        for delta in list(self.deltas):
            self.applied += len(delta)
            await asyncio.sleep(0)
