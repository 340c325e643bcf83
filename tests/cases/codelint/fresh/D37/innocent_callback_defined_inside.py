"""A coroutine function that is only defined under the lock; asyncio's lock across awaits."""

import asyncio
import threading

mutex = threading.Lock()
turn = asyncio.Lock()


def register(hooks, flush):
    with mutex:

        async def on_exit():
            await flush()

        hooks.append(on_exit)


async def in_turn(work):
    async with turn:
        return await asyncio.to_thread(work)
