"""OKX private stream: login, subscribe, reconcile, then pump; each loss starts from the beginning.

Orders are applied by cumulative quantity, so duplicated and late messages change nothing.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

import structlog
import websockets
from websockets.asyncio.client import ClientConnection

log = structlog.get_logger()

REPLY_TIMEOUT_S = 5
SILENCE_MAX_S = 30
DELAY_MAX_S = 30.0
STABLE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    key: str
    secret: bytes
    passphrase: str


class Rest(Protocol):
    async def snapshot(self, *, timeout_s: float) -> list[dict]: ...


class Gate(Protocol):
    def shut(self, reason: str) -> None: ...

    def open(self) -> None: ...


def login_message(credentials: Credentials) -> str:
    stamp = str(time.time_ns() // 1_000_000_000)
    text = f"{stamp}GET/users/self/verify".encode()
    sign = base64.b64encode(hmac.new(credentials.secret, text, hashlib.sha256).digest()).decode()
    fields = {
        "apiKey": credentials.key,
        "passphrase": credentials.passphrase,
        "timestamp": stamp,
        "sign": sign,
    }
    return json.dumps({"op": "login", "args": [fields]})


class OrderBookOfOurs:
    """Orders by client id; what is known only grows."""

    def __init__(self) -> None:
        self._filled: dict[str, Decimal] = {}
        self.stale = 0

    def apply(self, row: dict) -> None:
        client_order_id = row["clOrdId"]
        filled = Decimal(row["accFillSz"])
        known = self._filled.get(client_order_id)
        if known is not None and filled < known:
            self.stale += 1
            return
        self._filled[client_order_id] = filled

    def replace(self, rows: list[dict]) -> None:
        for row in rows:
            self.apply(row)


class PrivateStream:
    def __init__(
        self, url: str, credentials: Credentials, rest: Rest, gate: Gate, orders: OrderBookOfOurs
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._rest = rest
        self._gate = gate
        self._orders = orders

    async def run(self) -> None:
        delay_s = 0.5
        while True:
            opened = time.monotonic()
            try:
                async with self._connected() as socket:
                    await self._pump(socket)
            except (OSError, TimeoutError, websockets.ConnectionClosed) as error:
                log.warning("private stream lost", error=repr(error))
            self._gate.shut("private stream is down")
            if time.monotonic() - opened > STABLE_S:
                delay_s = 0.5
            await asyncio.sleep(delay_s * random.uniform(0.8, 1.2))
            delay_s = min(delay_s * 2, DELAY_MAX_S)

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientConnection]:
        async with websockets.connect(self._url, open_timeout=REPLY_TIMEOUT_S) as socket:
            await socket.send(login_message(self._credentials))
            await self._expect(socket, "login")
            topics = [{"channel": "orders", "instType": "SWAP"}]
            await socket.send(json.dumps({"op": "subscribe", "args": topics}))
            await self._expect(socket, "subscribe")
            self._orders.replace(await self._rest.snapshot(timeout_s=REPLY_TIMEOUT_S))
            self._gate.open()
            yield socket

    async def _expect(self, socket: ClientConnection, event: str) -> None:
        async with asyncio.timeout(REPLY_TIMEOUT_S):
            reply = json.loads(await socket.recv())
        if reply.get("event") != event:
            raise ConnectionError(f"private stream: expected {event}, got {reply.get('event')!r}")

    async def _pump(self, socket: ClientConnection) -> None:
        while True:
            async with asyncio.timeout(SILENCE_MAX_S):
                message = json.loads(await socket.recv())
            if message.get("arg", {}).get("channel") != "orders":
                continue
            for row in message.get("data", ()):
                self._orders.apply(row)
