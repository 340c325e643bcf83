"""result() of awaited wrappers and of a parsed reply object."""

import asyncio
from dataclasses import dataclass


@dataclass
class Reply:
    body: dict

    def result(self):
        return self.body["result"]


async def read(client):
    reply = Reply(await client.get("/time", timeout=2))
    return reply.result()


async def two(client):
    async with asyncio.TaskGroup() as group:
        left = group.create_task(read(client))
        right = group.create_task(read(client))
    return left.result(), right.result()
