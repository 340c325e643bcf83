"""A reply queue that may stay empty for ever, and grow for ever."""

import asyncio


class TradeSocket:
    def __init__(self, socket):
        self.socket = socket
        self.replies = asyncio.Queue()

    async def on_message(self, message):
        await self.replies.put(message)

    async def request(self, payload):
        await self.socket.send(payload)
        reply = await self.replies.get()  # expect: D41
        return reply
