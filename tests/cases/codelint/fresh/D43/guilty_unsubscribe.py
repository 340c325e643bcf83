"""Clean-up awaits that a cancellation cuts off."""

from contextlib import asynccontextmanager


class Subscription:
    def __init__(self, socket, topic: str) -> None:
        self.socket = socket
        self.topic = topic

    async def rows(self, handle) -> None:
        await self.socket.subscribe(self.topic)
        try:
            async for row in self.socket:
                handle(row)
        finally:
            await self.socket.unsubscribe(self.topic)  # expect: D43


@asynccontextmanager
async def leased(pool):
    connection = await pool.take()
    try:
        yield connection
    finally:
        if connection.is_open:
            await pool.give_back(connection)  # expect: D43
