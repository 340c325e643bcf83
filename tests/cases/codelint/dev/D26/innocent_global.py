"""Globals that are changed without an await between read and write, or under a lock."""

import asyncio

open_orders = 0
generation = 0
_lock = asyncio.Lock()


async def submit(transport, order):
    global open_orders
    await transport.send(order)
    open_orders += 1


async def bump(compute):
    global generation
    async with _lock:
        current = generation
        step = await asyncio.to_thread(compute)
        generation = current + step


def reset():
    global open_orders
    open_orders = 0
