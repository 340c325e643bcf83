"""Public market feed over aiohttp: candles in, closed candles out, gaps filled by REST.

The feed owns its state; one task writes it. Other tasks receive copies through a bounded queue.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

import aiohttp

__all__ = ["Candle", "CandleFeed"]

logger = logging.getLogger(__name__)

DELAY_FIRST_S = 0.5
DELAY_MAX_S = 30.0
STABLE_AFTER_S = 60.0
SILENCE_MAX_S = 25.0
INTERVAL_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    symbol: str
    ts_open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


def parse_candle(symbol: str, row: dict) -> Candle:
    """One row of the wire; a missing field is an error, not a zero."""
    try:
        return Candle(
            symbol=symbol,
            ts_open_ms=int(row["start"]),
            open=Decimal(row["open"]),
            high=Decimal(row["high"]),
            low=Decimal(row["low"]),
            close=Decimal(row["close"]),
            volume=Decimal(row["volume"]),
        )
    except KeyError as error:
        raise ValueError(f"candle of {symbol}: field {error} is missing") from error


class CandleFeed:
    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        symbols: list[str],
        history: Callable[[str, int], Awaitable[list[Candle]]],
    ) -> None:
        self._session = session
        self._url = url
        self._symbols = list(symbols)
        self._history = history
        self._last_open_ms: dict[str, int] = {}
        self.closed: asyncio.Queue[Candle] = asyncio.Queue(maxsize=10_000)
        self.malformed = 0

    async def run(self) -> None:
        """Connect, subscribe, fill the gap, pump; again after each loss, ever more slowly."""
        loop = asyncio.get_running_loop()
        delay_s = DELAY_FIRST_S
        while True:
            opened = loop.time()
            try:
                await self._session_once()
            except (aiohttp.ClientError, TimeoutError) as error:
                logger.warning("market feed lost: %s", error)
            if loop.time() - opened >= STABLE_AFTER_S:
                delay_s = DELAY_FIRST_S
            await asyncio.sleep(delay_s * random.uniform(0.8, 1.2))
            delay_s = min(delay_s * 2, DELAY_MAX_S)

    async def _session_once(self) -> None:
        async with self._session.ws_connect(self._url, heartbeat=10, timeout=10) as socket:
            topics = [f"kline.1.{symbol}" for symbol in self._symbols]
            await socket.send_json({"op": "subscribe", "args": topics})
            await self._reconcile()
            while True:
                async with asyncio.timeout(SILENCE_MAX_S):
                    message = await socket.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return
                self._on_message(message.json())

    async def _reconcile(self) -> None:
        """Ask by REST for what was missed since the last closed candle of each symbol."""
        for symbol in self._symbols:
            since_ms = self._last_open_ms.get(symbol)
            if since_ms is None:
                continue
            async with asyncio.timeout(10):
                missed = await self._history(symbol, since_ms + INTERVAL_MS)
            for candle in missed:
                self._emit(candle)

    def _on_message(self, message: dict) -> None:
        topic = message.get("topic", "")
        if not topic.startswith("kline."):
            return
        symbol = topic.rsplit(".", 1)[-1]
        for row in message.get("data", []):
            if not row.get("confirm"):
                continue
            try:
                candle = parse_candle(symbol, row)
            except ValueError as error:
                self.malformed += 1
                logger.warning("%s", error)
                continue
            self._emit(candle)

    def _emit(self, candle: Candle) -> None:
        last_ms = self._last_open_ms.get(candle.symbol)
        if last_ms is not None and candle.ts_open_ms <= last_ms:
            return
        self._last_open_ms[candle.symbol] = candle.ts_open_ms
        self.closed.put_nowait(candle)
