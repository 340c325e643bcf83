"""What v2 sends and what comes back: instruments, orders and fills, in floats as v2 has them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Fill", "Instrument", "Order", "Position", "opposite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """Decimals of price and quantity, and the least quantity that may be ordered."""

    symbol: str
    price_decimals: int
    quantity_decimals: int
    min_quantity: float

    def round_quantity(self, quantity: float) -> float:
        """Down to the exchange's step."""
        scale = 10**self.quantity_decimals
        return float(math.floor(quantity * scale + 1e-9) / scale)

    def round_price(self, price: float) -> float:
        """To the nearest tick."""
        return round(price, self.price_decimals)


@dataclass(slots=True, kw_only=True)
class Order:
    """A market order; `status` is the exchange's own word once it has answered."""

    symbol: str
    side: str
    quantity: float
    price: float
    reason: str
    status: str = "New"
    exchange_order_id: str | None = None
    error: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """An execution, as the exchange lists it."""

    trade_id: str
    quantity: float
    price: float
    fee: float
    is_maker: bool
    executed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What the exchange holds for a symbol in one-way mode: Buy or Sell, never both."""

    symbol: str
    side: str
    size: float
    mark_price: float


def opposite(side: str) -> str:
    """The side that closes a position of this one."""
    return "Sell" if side == "Buy" else "Buy"
