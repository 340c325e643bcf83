"""The loop waits for a future that only the loop can finish."""

import asyncio
import concurrent.futures


class Bridge:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def call(self, coro):
        future = asyncio.run_coroutine_threadsafe(coro, self.loop)
        return future.result(timeout=5)  # expect: D42@call

    async def balance(self, client):
        return self.call(client.balance())  # expect: D42@call


async def both(client):
    loop = asyncio.get_running_loop()
    first = asyncio.run_coroutine_threadsafe(client.first(), loop)
    concurrent.futures.wait([first])  # expect: D42@both
    return first.result()  # expect: D42@both
