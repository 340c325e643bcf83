"""The truth of a task's state, not of a coroutine."""

import asyncio


async def poll(client):
    return await client.poll()


class Poller:
    def __init__(self, client):
        self.client = client
        self.result = None

    async def step(self):
        task = asyncio.ensure_future(poll(self.client))
        while not task.done():
            await asyncio.sleep(0.01)
        if task.cancelled():
            return None
        return task.result()
