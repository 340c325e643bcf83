import asyncio


def call_sync(coro, loop):
    return asyncio.run_coroutine_threadsafe(coro, loop).result(10)  # expect: D42@bridge


class Reporter:
    def __init__(self, store):
        self.store = store

    async def lines(self):
        loop = asyncio.get_running_loop()
        count = call_sync(self.store.count(), loop)  # expect: D42@bridge
        return [f"{count} rows"]
