import asyncio


class Wallet:
    def __init__(self) -> None:
        self.guard = asyncio.Lock()
        self.amount = 0


class Book:
    def __init__(self) -> None:
        self.guard = asyncio.Lock()
        self.rows: list[int] = []
