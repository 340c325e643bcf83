"""A decorator turns the coroutine function into a plain one; a generator is no coroutine."""

import asyncio
import functools


def as_command(function):
    @functools.wraps(function)
    def wrapper(*args):
        return asyncio.run(function(*args))

    return wrapper


@as_command
async def status(client):
    print(await client.status())


async def pages(client):
    cursor = None
    while True:
        rows, cursor = await client.page(cursor)
        yield rows
        if cursor is None:
            return


def main(client):
    status(client)


async def collect(client):
    return [row async for rows in pages(client) for row in rows]
