"""Conditions on awaited answers, on tasks, and on the function object itself."""

import asyncio


async def has_margin(account, notional) -> bool:
    return await account.free_margin() >= notional


async def can_enter(account, notional, halted: bool) -> bool:
    if halted or not await has_margin(account, notional):
        return False
    return True


async def probe(account, notional, hook=None):
    if hook:
        await hook(notional)
    task: asyncio.Task[bool] | None = None
    if notional > 0:
        task = asyncio.create_task(has_margin(account, notional))
    if task:
        return await task
    return False
