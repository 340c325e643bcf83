"""What a client answers when an order or a protection was refused, or nobody knows."""

from __future__ import annotations

from bot_trading.clock import now_us
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    OrderAccepted,
    OrderOutcomeUnknown,
    OrderRejected,
    ProtectionRefused,
)

__all__ = ["NOT_SENT", "STALE", "UNKNOWN", "Answer", "not_protected", "rejected", "unknown"]

NOT_SENT = "not sent"
STALE = "stale"
UNKNOWN = "unknown"

Answer = OrderAccepted | OrderRejected | OrderOutcomeUnknown


def rejected(client_order_id: str, code: str, reason: str) -> OrderRejected:
    """Nothing of the order exists on the exchange."""
    return OrderRejected(
        client_order_id=client_order_id, code=code, reason=reason, ts_init_us=now_us()
    )


def unknown(client_order_id: str, reason: str) -> OrderOutcomeUnknown:
    """The order may exist there or not."""
    return OrderOutcomeUnknown(client_order_id=client_order_id, reason=reason, ts_init_us=now_us())


def not_protected(protection: LegProtection, code: str, reason: str) -> ProtectionRefused:
    """The protection does not rest, or (`UNKNOWN`) may not."""
    return ProtectionRefused(protection=protection, code=code, reason=reason, ts_init_us=now_us())
