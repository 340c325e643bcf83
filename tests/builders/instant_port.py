"""The port of an exchange that answers at once: what a benchmark puts behind the engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from bot_trading.clock import now_us
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Candle
from bot_trading.domain.messages import QueryOrder, StreamUp
from bot_trading.domain.order import ApprovedOrder
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    ExchangeSnapshot,
    LegReport,
    OrderAccepted,
    OrderNotFound,
    OrderReport,
    ProtectionSet,
    QuoteSeen,
)
from bot_trading.ports import Publish
from tests.builders.core import a_balance, a_fill_report, a_quote, a_snapshot, an_instrument

__all__ = ["InstantPort"]


class InstantPort:
    """An exchange that takes every order at once and fills it whole, in-process.

    `legs` and `open_orders` are there already when it is read; `sent_s` is when each order came, by
    `time.perf_counter`.
    """

    exchange = "bybit"
    clock_offset_ms = 0

    def __init__(
        self,
        instrument_ids: Sequence[InstrumentId],
        legs: Sequence[LegReport] = (),
        open_orders: Sequence[OrderReport] = (),
    ) -> None:
        self._instrument_ids = instrument_ids
        self._legs, self._open_orders = tuple(legs), tuple(open_orders)
        self.sent: list[str] = []
        self.sent_s: list[float] = []
        self._publish: Publish | None = None

    async def open(self) -> None:
        """Always connected."""

    async def close(self) -> None:
        """Nothing to close."""

    async def set_leverage(self, symbol: str, leverage: Decimal) -> None:
        """Any leverage is fine."""

    async def take_snapshot(self, symbols: Sequence[str], since_us: int) -> ExchangeSnapshot:
        """Every instrument, much money, and what was there."""
        stamp = now_us()
        return a_snapshot(
            instruments=tuple(an_instrument(instrument_id=each) for each in self._instrument_ids),
            balance=a_balance("100000000", ts_event_us=stamp),
            legs=self._legs,
            open_orders=self._open_orders,
            ts_init_us=stamp,
        )

    async def get_candles(
        self, instrument_id: InstrumentId, interval_s: int, limit: int
    ) -> tuple[Candle, ...]:
        """No history."""
        return ()

    async def place_order(self, approved: ApprovedOrder) -> OrderAccepted:
        """Count it, fill it, accept it."""
        intent, stamp = approved.intent, now_us()
        order_id = intent.client_order_id
        self.sent.append(order_id)
        self.sent_s.append(time.perf_counter())
        fill = a_fill_report(
            trade_id=order_id,
            client_order_id=order_id,
            exchange_order_id=f"x-{order_id}",
            symbol=intent.leg_id.symbol,
            side=intent.side,
            position_idx=intent.leg_id.position_idx,
            last_qty=intent.quantity,
            last_px=intent.reference_px,
            ts_event_us=stamp,
            ts_init_us=stamp,
        )
        self.tell(fill)
        return OrderAccepted(
            client_order_id=order_id, exchange_order_id=f"x-{order_id}", ts_init_us=stamp
        )

    async def set_protection(self, protection: LegProtection) -> ProtectionSet:
        """It rests."""
        return ProtectionSet(protection=protection, ts_init_us=now_us())

    async def query_order(self, query: QueryOrder) -> OrderNotFound:
        """Nothing is known of an order that is not listed."""
        return OrderNotFound(client_order_id=query.client_order_id, ts_init_us=now_us())

    async def run_streams(self, symbols: Sequence[str], interval_s: int, publish: Publish) -> None:
        """Up at once, with a price each half second."""
        self._publish = publish
        publish(StreamUp(exchange=self.exchange, ts_init_us=now_us()))
        while True:
            stamp = now_us()
            for each in self._instrument_ids:
                stamps = {"ts_event_us": stamp, "ts_init_us": stamp}
                publish(QuoteSeen(quote=a_quote("50000", instrument_id=each, **stamps)))
            await asyncio.sleep(0.5)

    def tell(self, event: Any) -> None:
        """What the private stream would say."""
        if self._publish is not None:
            self._publish(event)
