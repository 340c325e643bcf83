"""Reconnect by recursion, at full speed."""

import aiohttp


class OrderStream:
    def __init__(self, session: aiohttp.ClientSession, url, rest, handler):
        self.session = session
        self.url = url
        self.rest = rest
        self.handler = handler

    async def listen(self):  # expect: T11@listen
        try:
            async with self.session.ws_connect(self.url, heartbeat=15) as socket:
                await socket.send_json({"op": "subscribe", "args": ["order"]})
                await self.rest.reconcile()
                async for message in socket:
                    self.handler(message.json())
        except aiohttp.ClientError:  # expect: T11@listen
            pass
        await self.listen()  # expect: T11@listen
