"""The delays are a table that ends in its longest; a message starts it anew."""

import asyncio
import itertools
import json

import websockets

DELAYS_S = (1, 2, 4, 8, 16, 30)


def delays():
    return itertools.chain(DELAYS_S, itertools.repeat(DELAYS_S[-1]))


class PrivateStream:
    def __init__(self, url: str, login: dict, ledger) -> None:
        self.url = url
        self.login = login
        self.ledger = ledger

    async def run(self) -> None:
        pauses = delays()
        while True:
            try:
                async with websockets.connect(self.url, open_timeout=5) as socket:
                    await socket.send(json.dumps(self.login))
                    await socket.send(json.dumps({"op": "subscribe", "args": ["order"]}))
                    await self.ledger.reconcile()
                    async for raw in socket:
                        self.ledger.apply(json.loads(raw))
                        pauses = delays()
            except (OSError, websockets.ConnectionClosed):
                self.ledger.mark_stale()
            await asyncio.sleep(next(pauses))
