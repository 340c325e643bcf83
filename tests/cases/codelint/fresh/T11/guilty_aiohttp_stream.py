"""A public stream that reconnects as fast as the processor can."""

import aiohttp


class Trades:
    def __init__(self, session: aiohttp.ClientSession, book) -> None:
        self.session = session
        self.book = book

    async def run(self, url: str, symbols: list[str]) -> None:
        while True:  # expect: T11@run
            try:
                async with self.session.ws_connect(url, heartbeat=15, timeout=10) as socket:
                    await socket.send_json({"op": "subscribe", "args": symbols})
                    await self.book.reconcile(symbols)
                    async for message in socket:
                        self.book.apply(message.json())
            except aiohttp.ClientError as error:  # expect: T11@run
                print("lost:", error)
