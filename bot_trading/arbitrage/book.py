"""An order book as it was seen, and what a quantity costs in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import BookLevel

__all__ = ["Book"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Levels of both sides, the best first; prices and quantities as the exchange states them."""

    instrument_id: InstrumentId
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]
    ts_event_us: int
    ts_init_us: int

    def problem(self) -> str | None:
        """Why nothing may be decided by this book, or None when it is whole."""
        if not self.bids or not self.asks:
            return "one side is empty"
        for price, quantity in (*self.bids, *self.asks):
            if not (price.is_finite() and quantity.is_finite()) or price <= 0 or quantity <= 0:
                return "a price or quantity is not above zero"
        if self.bids[0][0] >= self.asks[0][0]:
            return f"bid {self.bids[0][0]:f} is not below ask {self.asks[0][0]:f}"
        falls = all(better[0] > worse[0] for better, worse in pairwise(self.bids))
        rises = all(better[0] < worse[0] for better, worse in pairwise(self.asks))
        return None if falls and rises else "levels are out of order"

    def buying(self, quantity: Decimal) -> Decimal | None:
        """The mean price of buying `quantity` at once, None where the book does not hold it."""
        return _take(self.asks, quantity)

    def selling(self, quantity: Decimal) -> Decimal | None:
        """The mean price of selling `quantity` at once, None where the book does not hold it."""
        return _take(self.bids, quantity)


def _take(levels: Sequence[BookLevel], quantity: Decimal) -> Decimal | None:
    left, paid = quantity, Decimal(0)
    for price, offered in levels:
        part = min(left, offered)
        paid += part * price
        left -= part
        if left == 0:
            return paid / quantity
    return None
