"""Coroutines held in names for a moment, all of them awaited or handed on."""

import asyncio


async def equity_of(client, account):
    return await client.equity(account)


async def compare(client, left, right):
    first = equity_of(client, left)
    second = equity_of(client, right)
    a, b = await asyncio.gather(first, second)
    return a - b


async def with_deadline(client, account):
    coro = equity_of(client, account)
    return await asyncio.wait_for(coro, timeout=2)


async def as_task(client, account, group: asyncio.TaskGroup):
    coro = equity_of(client, account)
    task = group.create_task(coro)
    return task
