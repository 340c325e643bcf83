"""The pause between two connections doubles, and doubles."""

import asyncio
import json

import websockets


class PrivateStream:
    def __init__(self, url: str, login: dict, ledger) -> None:
        self.url = url
        self.login = login
        self.ledger = ledger
        self.pause_s = 1

    async def run(self) -> None:
        while True:  # expect: T12@pause
            try:
                async with websockets.connect(self.url, open_timeout=5) as socket:
                    await socket.send(json.dumps(self.login))
                    await socket.send(json.dumps({"op": "subscribe", "args": ["order"]}))
                    await self.ledger.reconcile()
                    async for raw in socket:
                        self.ledger.apply(json.loads(raw))
            except (OSError, websockets.ConnectionClosed):  # expect: T12@pause
                self.ledger.mark_stale()
            await asyncio.sleep(self.pause_s)  # expect: T12@pause
            self.pause_s *= 2  # expect: T12@pause
