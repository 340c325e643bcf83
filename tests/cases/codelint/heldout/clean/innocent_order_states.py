"""State machine of one order: pure, total, and deaf to duplicates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class OrderStatus(StrEnum):
    INTENT = "INTENT"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"


FINAL = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED})


class EventError(Exception):
    """The event cannot belong to this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    client_order_id: str
    symbol: str
    position_idx: int
    side: str
    reduce_only: bool
    quantity: Decimal
    filled_qty: Decimal = ZERO
    avg_px: Decimal | None = None
    status: OrderStatus = OrderStatus.INTENT
    exec_ids: frozenset[str] = frozenset()

    @property
    def leaves_qty(self) -> Decimal:
        return self.quantity - self.filled_qty

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    exec_id: str
    last_qty: Decimal
    last_px: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    exchange_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Canceled:
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    code: int
    text: str


Event = Filled | Accepted | Canceled | Rejected


def fill(order: Order, event: Filled) -> Order:
    if event.exec_id in order.exec_ids:
        return order
    if event.last_qty <= ZERO:
        raise EventError(f"{order.client_order_id}: fill of {event.last_qty}")
    filled = order.filled_qty + event.last_qty
    if filled > order.quantity:
        raise EventError(f"{order.client_order_id}: filled {filled} of {order.quantity}")
    paid = event.last_qty * event.last_px
    if order.avg_px is not None:
        paid += order.filled_qty * order.avg_px
    done = filled == order.quantity
    return replace(
        order,
        filled_qty=filled,
        avg_px=paid / filled,
        status=OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED,
        exec_ids=order.exec_ids | {event.exec_id},
    )


def step(order: Order, event: Event) -> Order:
    """The order after the event; late news about a final order, fills apart, change nothing."""
    match event:
        case Filled():
            return fill(order, event)
        case Accepted():
            early = order.status in (OrderStatus.INTENT, OrderStatus.SENT)
            return replace(order, status=OrderStatus.ACCEPTED) if early else order
        case Canceled():
            return order if order.is_final else replace(order, status=OrderStatus.CANCELED)
        case Rejected():
            return order if order.is_final else replace(order, status=OrderStatus.REJECTED)
