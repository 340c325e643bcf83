"""Subscribed in `start`, connected again in `run`: the second socket is silent."""

import asyncio
import json

import websockets


class Executions:
    def __init__(self, url: str, ledger) -> None:
        self.url = url
        self.ledger = ledger
        self.socket: websockets.ClientConnection | None = None

    async def start(self) -> None:
        self.socket = await websockets.connect(self.url, open_timeout=5)
        await self.socket.send(json.dumps({"op": "subscribe", "args": ["execution"]}))

    async def run(self) -> None:
        await self.start()
        delay_s = 1
        while True:  # expect: T13@again
            try:
                async for raw in self.socket:
                    self.ledger.apply(json.loads(raw))
                    delay_s = 1
            except websockets.ConnectionClosed:  # expect: T13@again
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, 30)
                self.socket = await websockets.connect(self.url, open_timeout=5)  # expect: T13@again
                await self.ledger.reconcile()
