"""An order's side decides price rounding and the sign of a fill, not the leg."""

from decimal import Decimal


def signed(side: str, quantity: Decimal) -> Decimal:
    return quantity if side == "Buy" else -quantity


def book_level(side: str) -> int:
    return 1 if side == "Buy" else 2


def describe(order) -> str:
    return f"{order.symbol} {order.side} leg {order.position_idx}"
