"""Checked again after the await, and rolled forward only if nothing changed."""

import asyncio


class Connection:
    def __init__(self, transport):
        self.transport = transport
        self.generation = 0
        self.state = "CLOSED"

    async def ensure_open(self):
        generation = self.generation
        if self.state == "OPEN":
            return
        async with asyncio.timeout(5):
            socket = await self.transport.open()
        if self.generation != generation or self.state == "OPEN":
            socket.abort()
            return
        self.generation += 1
        self.state = "OPEN"

    async def close(self):
        if self.state == "CLOSED":
            return
        self.state = "CLOSED"
        self.generation += 1
        await self.transport.close()
