"""Pairs of keyed locks, always taken in sorted order; nested but one-way module locks."""

import asyncio
from collections import defaultdict

OUTER = asyncio.Lock()
INNER = asyncio.Lock()


class Transfers:
    def __init__(self):
        self.locks = defaultdict(asyncio.Lock)
        self.balances = defaultdict(int)

    async def move(self, left, right, amount):
        if left == right:
            raise ValueError(f"{left}: a transfer needs two accounts")
        first, second = sorted((left, right))
        async with self.locks[first]:
            async with self.locks[second]:
                self.balances[left] -= amount
                self.balances[right] += amount


async def write(rows, row):
    async with OUTER:
        await append(rows, row)


async def append(rows, row):
    async with INNER:
        rows.append(row)


async def count(rows):
    async with INNER:
        return len(rows)
