"""The life of an order: how each answer and report moves it, and what never moves it.

Rules (FIX 4.4 appendix D): a terminal order leaves its status only from CANCELED to FILLED, when
late fills complete it; a message that is behind what we know changes nothing; cumulative
quantities decide, so duplicated, reordered and late messages are harmless.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import LegId
from bot_trading.domain.order import (
    ApprovedOrder,
    Order,
    OrderOrigin,
    OrderPurpose,
    OrderStatus,
    OrderType,
)
from bot_trading.domain.reports import OrderReport, StopKind
from bot_trading.execution.ids import purpose_of_id

__all__ = [
    "KNOWN_FROM_FILL",
    "accept",
    "apply_booked_fill",
    "apply_report",
    "from_fill",
    "from_report",
    "mark_unknown",
    "order_from",
    "reject",
]

KNOWN_FROM_FILL = "known from a fill only"

_RANK = {
    OrderStatus.SUBMITTED: 0,
    OrderStatus.UNKNOWN: 0,
    OrderStatus.UNTRIGGERED: 1,
    OrderStatus.ACCEPTED: 1,
    OrderStatus.PARTIALLY_FILLED: 2,
    OrderStatus.PENDING_CANCEL: 3,
    OrderStatus.CANCELED: 4,
    OrderStatus.EXPIRED: 4,
    OrderStatus.REJECTED: 4,
    OrderStatus.FILLED: 5,
}

_PURPOSE_OF_STOP = {
    StopKind.STOP_LOSS: OrderPurpose.STOP,
    StopKind.TRAILING_STOP: OrderPurpose.STOP,
    StopKind.TAKE_PROFIT: OrderPurpose.TARGET,
}


def order_from(approved: ApprovedOrder) -> Order:
    """The order that an approved intent becomes, before anything was heard of it."""
    intent = approved.intent
    return Order(
        client_order_id=intent.client_order_id,
        leg_id=intent.leg_id,
        side=intent.side,
        order_type=intent.order_type,
        quantity=intent.quantity,
        status=OrderStatus.SUBMITTED,
        origin=OrderOrigin.BOT,
        purpose=intent.purpose,
        price=intent.price,
        time_in_force=intent.time_in_force,
        post_only=intent.post_only,
        reduce_only=intent.reduce_only,
        trigger_price=intent.trigger_price,
        stop_loss=intent.stop_loss,
        take_profit=intent.take_profit,
        signal_id=intent.signal_id,
        ts_created_us=intent.ts_created_us,
        ts_updated_us=approved.ts_approved_us,
        reference_px=intent.reference_px,
    )


def accept(order: Order, exchange_order_id: str, ts_us: int) -> Order:
    """The exchange gave it an id; a report that came first may already say more."""
    status = _further(order.status, OrderStatus.ACCEPTED)
    if status is order.status and order.exchange_order_id == exchange_order_id:
        return order
    return replace(
        order,
        status=status,
        exchange_order_id=exchange_order_id,
        ts_updated_us=max(order.ts_updated_us, ts_us),
    )


def reject(order: Order, reason: str, ts_us: int) -> Order:
    """The exchange refused it; an order that has filled cannot have been refused."""
    if order.status.is_terminal or order.filled_qty > 0:
        return order
    return replace(
        order,
        status=OrderStatus.REJECTED,
        reason=reason,
        ts_updated_us=max(order.ts_updated_us, ts_us),
    )


def mark_unknown(order: Order, reason: str, ts_us: int) -> Order:
    """The send ended without an answer; anything heard of the order meanwhile is worth more."""
    if order.status is not OrderStatus.SUBMITTED:
        return order
    return replace(
        order,
        status=OrderStatus.UNKNOWN,
        reason=reason,
        ts_updated_us=max(order.ts_updated_us, ts_us),
    )


def apply_report(order: Order, report: OrderReport) -> Order:
    """The order after the exchange's own view of it.

    A status that we have no word for changes nothing but the quantities. An order of which only a
    fill was known becomes what the report says it is. Quantity and price of an order may change
    while it rests, so that a report which is behind our fills says nothing of them.
    """
    if order.reason == KNOWN_FROM_FILL:
        made = _made(order.client_order_id, report, _maker(order, report.stop_kind))
        order = replace(
            made,
            filled_qty=order.filled_qty,
            avg_px=order.avg_px,
            commission=order.commission,
            group_id=order.group_id,
            reason="",
        )
    filled = max(order.filled_qty, report.filled_qty)
    status = order.status
    if report.status is not None:
        status = _further(order.status, report.status)
    is_behind = report.filled_qty < order.filled_qty
    quantity = order.quantity if is_behind or report.quantity <= 0 else report.quantity
    price = order.price if is_behind or order.price is None else report.price or order.price
    if filled >= quantity:
        status = OrderStatus.FILLED
    avg_px = order.avg_px
    if report.avg_px is not None and report.filled_qty >= order.filled_qty:
        avg_px = report.avg_px
    changed = replace(
        order,
        status=status,
        quantity=quantity,
        price=price,
        filled_qty=filled,
        avg_px=avg_px,
        exchange_order_id=report.exchange_order_id or order.exchange_order_id,
        reason=report.reason or order.reason,
    )
    if changed == order:
        return order
    return replace(changed, ts_updated_us=max(order.ts_updated_us, report.ts_init_us))


def apply_booked_fill(order: Order, fill: Fill, booked_before: Decimal) -> Order:
    """The order after a fill that was booked for the first time.

    `booked_before` is the sum of its earlier booked fills; a report may have told of this one,
    and then its average price counts. The order is never stamped older than it was, since the
    store keeps the newest version and an exchange's clock may lag behind ours.
    """
    booked = booked_before + fill.last_qty
    filled = max(order.filled_qty, booked)
    is_told = order.filled_qty >= booked and order.avg_px is not None
    value = (order.avg_px or Decimal(0)) * booked_before + fill.last_px * fill.last_qty
    avg_px = order.avg_px if is_told else value / booked
    # A level is changed in place, and its fill may be told before the change, as after a restart.
    is_open_ended = order.reason == KNOWN_FROM_FILL or order.purpose is OrderPurpose.TARGET
    quantity = max(order.quantity, filled) if is_open_ended else order.quantity
    partial = _further(order.status, OrderStatus.PARTIALLY_FILLED)
    return replace(
        order,
        status=OrderStatus.FILLED if filled >= quantity else partial,
        quantity=quantity,
        filled_qty=filled,
        avg_px=avg_px,
        commission=order.commission + fill.commission,
        exchange_order_id=fill.exchange_order_id or order.exchange_order_id,
        ts_updated_us=max(order.ts_updated_us, fill.ts_event_us),
    )


def from_report(client_order_id: str, report: OrderReport, account: str) -> Order:
    """An order that we do not remember: an exchange's own stop, ours by its id, or a stranger's."""
    return _made(client_order_id, report, _who_made(client_order_id, report.stop_kind, account))


def _made(
    client_order_id: str, report: OrderReport, maker: tuple[OrderOrigin, OrderPurpose]
) -> Order:
    leg_id = LegId(report.exchange, report.symbol, report.position_idx)
    origin, purpose = maker
    return Order(
        client_order_id=client_order_id,
        leg_id=leg_id,
        side=report.side,
        order_type=report.order_type,
        quantity=report.quantity,
        status=report.status or OrderStatus.UNKNOWN,
        origin=origin,
        purpose=purpose,
        price=report.price,
        reduce_only=report.reduce_only,
        trigger_price=report.trigger_price,
        exchange_order_id=report.exchange_order_id,
        filled_qty=report.filled_qty,
        avg_px=report.avg_px,
        reason=report.reason,
        ts_created_us=report.ts_event_us,
        ts_updated_us=report.ts_init_us,
    )


def from_fill(fill: Fill, account: str, stop_kind: StopKind | None = None) -> Order:
    """An order of which a fill is the first thing heard; its own report will complete it."""
    origin, purpose = _who_made(fill.client_order_id, stop_kind, account)
    return Order(
        client_order_id=fill.client_order_id,
        leg_id=fill.leg_id,
        side=fill.side,
        order_type=OrderType.MARKET,
        quantity=fill.last_qty,
        status=OrderStatus.UNKNOWN,
        origin=origin,
        purpose=purpose,
        reduce_only=not fill.is_opening,
        exchange_order_id=fill.exchange_order_id,
        reason=KNOWN_FROM_FILL,
        ts_created_us=fill.ts_event_us,
        ts_updated_us=fill.ts_event_us,
    )


def _maker(order: Order, stop_kind: StopKind | None) -> tuple[OrderOrigin, OrderPurpose]:
    """Who made an order of which only a fill was known."""
    if stop_kind is not None:
        return OrderOrigin.EXCHANGE, _PURPOSE_OF_STOP[stop_kind]
    return order.origin, order.purpose


def _who_made(
    client_order_id: str, stop_kind: StopKind | None, account: str
) -> tuple[OrderOrigin, OrderPurpose]:
    if stop_kind is not None:
        return OrderOrigin.EXCHANGE, _PURPOSE_OF_STOP[stop_kind]
    purpose = purpose_of_id(client_order_id, account)
    if purpose is not None:
        return OrderOrigin.BOT, purpose
    return OrderOrigin.FOREIGN, OrderPurpose.UNKNOWN


def _further(now: OrderStatus, heard: OrderStatus) -> OrderStatus:
    """Whichever of the two is further in an order's life."""
    return heard if _RANK[heard] > _RANK[now] else now
