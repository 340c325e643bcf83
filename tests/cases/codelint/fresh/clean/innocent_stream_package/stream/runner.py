"""The life of the private stream."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable

import httpx
import websockets

from .backoff import Backoff
from .state import Orders, OrderState

log = logging.getLogger(__name__)
TOPICS = ("order", "execution", "position")


class PrivateStream:
    def __init__(
        self,
        url: str,
        login: Callable[[], str],
        http: httpx.AsyncClient,
        orders: Orders,
    ) -> None:
        self._url = url
        self._login = login
        self._http = http
        self._orders = orders
        self._backoff = Backoff()

    async def run(self) -> None:
        while True:
            try:
                await self._session()
            except (OSError, TimeoutError, httpx.HTTPError, websockets.ConnectionClosed) as error:
                log.warning("private stream lost: %r", error)
            await asyncio.sleep(self._backoff.next_s())

    async def _session(self) -> None:
        async with websockets.connect(self._url, open_timeout=5, close_timeout=2) as socket:
            await socket.send(self._login())
            await socket.send(json.dumps({"op": "subscribe", "args": TOPICS}))
            await self._reconcile()
            self._backoff.reset()
            async for text in socket:
                self._on_text(text)

    async def _reconcile(self) -> None:
        reply = await self._http.get(
            "/v5/order/realtime", params={"category": "linear"}, timeout=5
        )
        reply.raise_for_status()
        rows = reply.json()["result"]["list"]
        self._orders.replace(OrderState.of_row(row) for row in rows)

    def _on_text(self, text: str | bytes) -> None:
        message = json.loads(text)
        if message.get("topic") != "order":
            return
        for row in message["data"]:
            if not self._orders.apply(OrderState.of_row(row)):
                log.info("old update of %s dropped", row["orderId"])
