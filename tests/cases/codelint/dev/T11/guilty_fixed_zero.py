import asyncio

import aiohttp


class TickerStream:
    def __init__(self, session: aiohttp.ClientSession, url: str, store):
        self.session = session
        self.url = url
        self.store = store

    async def run(self) -> None:
        while not self.store.closed:  # expect: T11@run
            try:
                await self.once()
            except aiohttp.ClientError as error:  # expect: T11@run
                self.store.mark_stale(error)
                await asyncio.sleep(0)  # expect: T11@run

    async def once(self) -> None:
        async with self.session.ws_connect(self.url, heartbeat=20) as socket:
            await socket.send_json({"op": "subscribe", "args": ["tickers.BTCUSDT"]})
            await self.store.resync()
            async for message in socket:
                self.store.apply(message.json())
