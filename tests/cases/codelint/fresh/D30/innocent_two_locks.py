"""The inner method takes another lock, or a lock of another object."""

import asyncio


class Tape:
    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.rows: list[str] = []

    async def add(self, row: str) -> None:
        async with self.turn:
            self.rows.append(row)


class Recorder:
    def __init__(self, tape: Tape) -> None:
        self.turn = asyncio.Lock()
        self.tape = tape

    async def record(self, rows: list[str]) -> None:
        async with self.turn:
            for row in rows:
                await self.tape.add(row)
