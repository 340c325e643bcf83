"""A bounded inbox for a worker; a deadline for a reply."""

import asyncio


class TradeSocket:
    def __init__(self, socket):
        self.socket = socket
        self.replies = asyncio.Queue()

    async def request(self, payload):
        await self.socket.send(payload)
        return await asyncio.wait_for(self.replies.get(), timeout=3)

    async def request_b(self, payload):
        await self.socket.send(payload)
        async with asyncio.timeout(3):
            return await self.replies.get()


class Worker:
    def __init__(self, handler):
        self.inbox = asyncio.Queue(maxsize=1000)
        self.handler = handler

    async def run(self):
        while True:
            item = await self.inbox.get()
            await self.handler(item)
            self.inbox.task_done()
