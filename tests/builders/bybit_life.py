"""An open Bybit client with running streams, and everything that they said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TypeVar

import pytest

from bot_trading.domain.instrument import InstrumentId, LegId
from bot_trading.domain.messages import Event, StreamUp
from bot_trading.domain.order import (
    OrderStatus,
)
from bot_trading.domain.reports import (
    ExchangeSnapshot,
    LegReport,
    OrderReport,
    QuoteSeen,
)
from bot_trading.exchanges.bybit.client import BybitClient
from tests.builders.waiting import wait_until

__all__ = ["BTC", "QUANTITY", "Life", "leg_of", "living"]

BTC = InstrumentId("bybit", "BTCUSDT")
QUANTITY = Decimal("0.010")
E = TypeVar("E")


class Life:
    """An open client with running streams, and everything that they said."""

    def __init__(self, client: BybitClient, price: Decimal) -> None:
        self.client = client
        self.price = price
        self.events: list[Event] = []

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def near(self, ratio: str) -> Decimal:
        """The price times a ratio, on the tick grid."""
        return (self.price * Decimal(ratio)).quantize(Decimal("0.1"))

    async def snapshot(self) -> ExchangeSnapshot:
        """Everything, with the fills of the last week of the market."""
        quote = self.of(QuoteSeen)[-1].quote
        return await self.client.take_snapshot(["BTCUSDT"], quote.ts_event_us - 86_400_000_000)

    async def settled(self, client_order_id: str, status: OrderStatus) -> OrderReport:
        """The streamed report of an order once it has reached a status."""

        def found() -> list[OrderReport]:
            return [
                report
                for report in self.of(OrderReport)
                if report.client_order_id == client_order_id and report.status is status
            ]

        await wait_until(found)
        return found()[-1]


@asynccontextmanager
async def living(client: BybitClient) -> AsyncIterator[Life]:
    """Open a client, run its streams, wait until they are up and prices are known."""
    await client.open()
    candles = await client.get_candles(BTC, 300, 5)
    life = Life(client, candles[-1].close)
    task = asyncio.create_task(client.run_streams(["BTCUSDT"], 300, life.events.append))
    try:
        await wait_until(lambda: life.of(StreamUp) and life.of(QuoteSeen))
        yield life
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()


def leg_of(legs: Sequence[LegReport], leg_id: LegId) -> LegReport:
    """One leg among several."""
    return next(leg for leg in legs if leg.leg_id == leg_id)
