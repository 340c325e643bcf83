"""`get` of redis, and of a memory channel of anyio with a size."""

import anyio
import redis.asyncio as redis


class Cache:
    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    async def get(self, key: str) -> bytes | None:
        with anyio.fail_after(2):
            return await self.client.get(key)


async def relay(rows: list[str], handle) -> None:
    send, receive = anyio.create_memory_object_stream[str](100)
    async with send, receive:
        for row in rows[:100]:
            await send.send(row)
            await handle(receive.receive_nowait())
