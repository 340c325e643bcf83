"""A public candle feed with everything that a feed needs, and nothing shared."""

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator

import websockets

log = logging.getLogger(__name__)


class CandleFeed:
    def __init__(self, url: str, symbols: tuple[str, ...], history) -> None:
        self._url = url
        self._topics = [f"kline.1.{symbol}" for symbol in symbols]
        self._history = history

    async def _rows(self, socket: websockets.ClientConnection) -> AsyncIterator[dict]:
        while True:
            raw = await asyncio.wait_for(socket.recv(), 30)
            message = json.loads(raw)
            for row in message.get("data", []):
                if row["confirm"]:
                    yield {"topic": message["topic"], **row}

    async def _connected(self, out: asyncio.Queue[dict]) -> None:
        async with websockets.connect(self._url, open_timeout=5, ping_interval=20) as socket:
            await socket.send(json.dumps({"op": "subscribe", "args": self._topics}))
            await self._history.backfill(self._topics)
            async for row in self._rows(socket):
                await asyncio.wait_for(out.put(row), 5)

    async def run(self, out: asyncio.Queue[dict]) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                await self._connected(out)
            except (OSError, TimeoutError, websockets.WebSocketException) as error:
                log.warning("candles: %s", error)
            failures = 0 if loop.time() - started > 60 else failures + 1
            await asyncio.sleep(min(2**failures, 30) * (0.5 + random.random() / 2))
