"""Reconciliation of our orders with the exchange's: evidence decides, never a timer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

CALL_TIMEOUT_S = 5
PARALLEL = 4


class OrderStatus(StrEnum):
    SENT = "SENT"
    OPEN = "OPEN"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"


STATUS_OF_WIRE = {
    "New": OrderStatus.OPEN,
    "PartiallyFilled": OrderStatus.OPEN,
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELED,
    "PartiallyFilledCanceled": OrderStatus.CANCELED,
    "Rejected": OrderStatus.REJECTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    client_order_id: str
    symbol: str
    position_idx: int
    quantity: Decimal
    filled_qty: Decimal
    status: OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    settled: tuple[Order, ...]
    foreign: tuple[Mapping[str, str], ...]
    unknown: tuple[Order, ...]


class ExchangeReads(Protocol):
    async def open_orders(self) -> list[dict[str, str]]: ...

    async def find_order(self, symbol: str, client_order_id: str) -> dict[str, str] | None: ...


def settled(order: Order, row: Mapping[str, str]) -> Order:
    """The order as the exchange sees it; an unmapped status stays UNKNOWN and is reported."""
    status = STATUS_OF_WIRE.get(row["orderStatus"], OrderStatus.UNKNOWN)
    filled = max(order.filled_qty, Decimal(row["cumExecQty"]))
    return replace(order, status=status, filled_qty=filled)


class Reconciler:
    def __init__(self, reads: ExchangeReads) -> None:
        self._reads = reads
        self._slots = asyncio.Semaphore(PARALLEL)

    async def run(self, ours: Iterable[Order]) -> Report:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            rows = await self._reads.open_orders()
        by_id = {row["orderLinkId"]: row for row in rows}
        orders = list(ours)
        live = [settled(order, by_id[order.client_order_id]) for order in orders
                if order.client_order_id in by_id]
        missing = [order for order in orders if order.client_order_id not in by_id]
        looked_up = await asyncio.gather(*(self._look_up(order) for order in missing))
        known_ids = {order.client_order_id for order in orders}
        results = [*live, *looked_up]
        return Report(
            settled=tuple(o for o in results if o.status is not OrderStatus.UNKNOWN),
            foreign=tuple(row for key, row in by_id.items() if key not in known_ids),
            unknown=tuple(o for o in results if o.status is OrderStatus.UNKNOWN),
        )

    async def _look_up(self, order: Order) -> Order:
        async with self._slots:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                row = await self._reads.find_order(order.symbol, order.client_order_id)
        if row is None:
            return replace(order, status=OrderStatus.UNKNOWN)
        return settled(order, row)
