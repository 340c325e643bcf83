import asyncio


class Tape:
    def __init__(self, turn: asyncio.Lock) -> None:
        self.turn = turn
        self.rows: list[str] = []

    async def add(self, row: str) -> None:
        async with self.turn:
            self.rows.append(row)


class Recorder:
    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.tape = Tape(self.turn)

    async def record(self, rows: list[str]) -> None:
        async with self.turn:
            for row in rows:
                await self.tape.add(row)  # expect: D30


async def twice(turn: asyncio.Lock, rows: list[str]) -> None:
    async with turn:
        rows.append("outer")
        async with turn:  # expect: D30
            rows.append("inner")
