"""The library's own iterator connects again with back-off; each connection subscribes."""

import json

import websockets


class Executions:
    def __init__(self, url: str, topics: list[str], ledger) -> None:
        self.url = url
        self.topics = topics
        self.ledger = ledger

    async def _welcome(self, socket: websockets.ClientConnection) -> None:
        await socket.send(json.dumps({"op": "subscribe", "args": self.topics}))
        await self.ledger.reconcile()

    async def run(self) -> None:
        async for socket in websockets.connect(self.url, open_timeout=5):
            try:
                await self._welcome(socket)
                async for raw in socket:
                    self.ledger.apply(json.loads(raw))
            except websockets.ConnectionClosed:
                self.ledger.mark_stale()
                continue
