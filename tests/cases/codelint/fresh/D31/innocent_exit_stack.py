"""The release is registered before anything can fail; another `acquire` is no lock."""

import asyncio
import contextlib

turn = asyncio.Lock()


async def write(rows, row, encode):
    with contextlib.ExitStack() as stack:
        await turn.acquire()
        stack.callback(turn.release)
        rows.append(encode(row))


async def fetch(pool, text):
    async with pool.acquire(timeout=2) as connection:
        return await connection.fetch(text, timeout=2)


class Company:
    def __init__(self) -> None:
        self.owned: list[str] = []

    async def acquire(self, name: str) -> None:
        self.owned.append(name)


async def buy(company: Company, name: str) -> int:
    await company.acquire(name)
    return len(company.owned)
