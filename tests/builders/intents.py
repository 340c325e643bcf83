"""Orders for tests: an entry, an exit, and the same with parts changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot_trading.clock import now_us
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import ApprovedOrder, OrderIntent, OrderSide, OrderType

__all__ = ["LONG", "SHORT", "approved", "intent"]

LONG = LegId("bybit", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("bybit", "BTCUSDT", PositionIdx.SHORT)


def intent(client_order_id: str = "ours-1", **changes: Any) -> OrderIntent:
    """A market order that opens the long leg."""
    parts: dict[str, Any] = {
        "client_order_id": client_order_id,
        "leg_id": LONG,
        "side": OrderSide.BUY,
        "order_type": OrderType.MARKET,
        "quantity": Decimal("0.010"),
        "reference_px": Decimal("60000"),
    }
    return OrderIntent(**(parts | changes))


def approved(client_order_id: str = "ours-1", **changes: Any) -> ApprovedOrder:
    """The same, approved just now."""
    return ApprovedOrder(intent=intent(client_order_id, **changes), ts_approved_us=now_us())
