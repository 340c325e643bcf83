import asyncio

import websockets


class Outbound:
    def __init__(self, url):
        self.url = url
        self.turn = asyncio.Lock()
        self.socket = None

    async def reopen(self, topics):
        await self.turn.acquire()  # expect: D32@reopen
        try:
            self.socket = await websockets.connect(self.url, open_timeout=5)  # expect: D32@reopen
            await self.socket.send(topics)  # expect: D32@reopen
        finally:
            self.turn.release()
