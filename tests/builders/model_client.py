"""The model exchange behind the port `ExchangeClient`, in-process and without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Candle, FundingRate
from bot_trading.domain.messages import AmendOrder, CancelOrder, QueryOrder, StreamUp
from bot_trading.domain.order import ApprovedOrder, Order
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    ExchangeSnapshot,
    FillReport,
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderReport,
    ProtectionRefused,
    ProtectionSet,
)
from bot_trading.ports import Publish
from tests.builders.model_amend import amend
from tests.builders.model_exchange import ModelExchange

__all__ = ["ModelClient"]

Answer = OrderAccepted | OrderRejected | OrderOutcomeUnknown


class ModelClient:
    """Answers after one turn of the event loop; `log` keeps what arrived, in order.

    `gate` holds every send back while it is cleared.
    """

    exchange = "bybit"

    def __init__(self, model: ModelExchange) -> None:
        self.model = model
        self.log: list[tuple[str, str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_closed = False
        self.is_listening = False
        self.clock_offset_ms = 0
        self._publish: Publish | None = None

    async def open(self) -> None:
        """Always connected."""

    async def close(self) -> None:
        """Remembers that it was closed."""
        self.is_closed = True

    async def set_leverage(self, symbol: str, leverage: Decimal) -> None:
        """Any leverage is fine."""

    async def take_snapshot(self, symbols: Sequence[str], since_us: int) -> ExchangeSnapshot:
        """Everything as it is now."""
        await asyncio.sleep(0)
        return self.model.snapshot(since_us)

    async def get_candles(
        self,
        instrument_id: InstrumentId,
        interval_s: int,
        limit: int,
        until_us: int | None = None,
    ) -> tuple[Candle, ...]:
        """No history."""
        return ()

    async def get_funding_rates(
        self, instrument_id: InstrumentId, limit: int, until_us: int | None = None
    ) -> tuple[FundingRate, ...]:
        """Nothing was settled yet."""
        return ()

    async def place_order(self, approved: ApprovedOrder) -> Answer:
        """Send once the gate is open, and tell the streams."""
        await self.gate.wait()
        await asyncio.sleep(0)
        self.log.append(("sent", approved.intent.client_order_id))
        answer = self.model.submit(approved)
        self.tell()
        return answer

    async def modify_order(
        self,
        order: Order,
        *,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        stop_loss: Decimal | None = None,
        take_profit: Decimal | None = None,
    ) -> Answer:
        """Change what rests; None leaves a part as it is."""
        assert order.price is not None
        asked = AmendOrder(
            order=order, quantity=quantity or order.quantity, price=price or order.price
        )
        answer = amend(self.model, asked, "done")
        self.tell()
        assert not answer.refusal
        return OrderAccepted(
            client_order_id=order.client_order_id,
            exchange_order_id=order.exchange_order_id or "",
            ts_init_us=self.model.now_us,
        )

    async def cancel_order(self, cancel: CancelOrder) -> Answer:
        """Take back what rests."""
        self.model.cancel(cancel.client_order_id)
        self.tell()
        return OrderRejected(
            client_order_id=cancel.client_order_id,
            code="110001",
            reason="order not exists or too late to cancel",
            ts_init_us=self.model.now_us,
        )

    async def set_protection(self, protection: LegProtection) -> ProtectionSet | ProtectionRefused:
        """Make it rest."""
        await self.gate.wait()
        self.log.append(("protected", str(protection.leg_id)))
        answer = self.model.set_protection(protection)
        self.tell()
        return answer

    async def query_order(
        self, query: QueryOrder
    ) -> tuple[OrderReport | None, tuple[FillReport, ...]] | OrderNotFound:
        """History of one order."""
        await asyncio.sleep(0)
        return self.model.query(query.client_order_id)

    async def run_streams(self, symbols: Sequence[str], interval_s: int, publish: Publish) -> None:
        """Everything is up at once and stays up."""
        self._publish = publish
        self.is_listening = True
        publish(StreamUp(exchange=self.exchange, ts_init_us=self.model.now_us))
        self.tell_price()
        await asyncio.Event().wait()

    def tell(self) -> None:
        """Deliver what the streams have to say."""
        waiting, self.model.stream = self.model.stream, []
        for event in waiting:
            if self._publish is not None:
                self._publish(event)

    def tell_price(self) -> None:
        """Deliver the price of now."""
        if self._publish is not None:
            self._publish(self.model.quote())
