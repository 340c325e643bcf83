"""What a client answers when an order or a protection was refused, or nobody knows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot_trading.clock import now_us
from bot_trading.domain.messages import QueryOrder
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    FillReport,
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderReport,
    ProtectionRefused,
)
from bot_trading.errors import ExchangeError

__all__ = [
    *("NOT_SENT", "STALE", "UNKNOWN", "Answer", "look_up_accepted"),
    *("not_protected", "rejected", "unknown"),
]

NOT_SENT = "not sent"
STALE = "stale"
UNKNOWN = "unknown"

Answer = OrderAccepted | OrderRejected | OrderOutcomeUnknown
Found = tuple[OrderReport | None, tuple[FillReport, ...]] | OrderNotFound


def rejected(client_order_id: str, code: str, reason: str) -> OrderRejected:
    """Nothing of the order exists on the exchange."""
    return OrderRejected(
        client_order_id=client_order_id, code=code, reason=reason, ts_init_us=now_us()
    )


def unknown(client_order_id: str, reason: str) -> OrderOutcomeUnknown:
    """The order may exist there or not."""
    return OrderOutcomeUnknown(client_order_id=client_order_id, reason=reason, ts_init_us=now_us())


async def look_up_accepted(
    query: QueryOrder, ask: Callable[[QueryOrder], Awaitable[Found]]
) -> OrderAccepted | OrderOutcomeUnknown:
    """The id was used before, which proves an earlier accept: find what became of it."""
    named = query.client_order_id
    try:
        found = await ask(query)
    except ExchangeError as error:
        return unknown(named, f"accepted before, but not found yet: {error}")
    if isinstance(found, OrderNotFound):
        return unknown(named, "accepted before, but in no list yet")
    report, fills = found
    order_id = report.exchange_order_id if report is not None else fills[0].exchange_order_id
    return OrderAccepted(client_order_id=named, exchange_order_id=order_id, ts_init_us=now_us())


def not_protected(protection: LegProtection, code: str, reason: str) -> ProtectionRefused:
    """The protection does not rest, or (`UNKNOWN`) may not."""
    return ProtectionRefused(protection=protection, code=code, reason=reason, ts_init_us=now_us())
