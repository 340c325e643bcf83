"""A second acquisition through a static helper, a decorator and a nested function."""

import asyncio
import functools

table_lock = asyncio.Lock()


def locked(function):
    @functools.wraps(function)
    async def wrapper(self, *args):
        async with self.lock:
            return await function(self, *args)

    return wrapper


class Table:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.rows = []

    @locked
    async def add(self, row):
        self.rows.append(row)

    @locked
    async def add_all(self, rows):
        for row in rows:
            await self.add(row)  # expect: D30


class Parent:
    async def write(self, rows, row):
        async with table_lock:
            rows.append(row)


class Child(Parent):
    async def write(self, rows, row):
        await table_lock.acquire()
        try:
            await super().write(rows, row)  # expect: D30
        finally:
            table_lock.release()
