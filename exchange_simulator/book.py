"""Resting orders of all accounts in one symbol, in price-time order."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal

from exchange_simulator.model import Order, Side

__all__ = ["Book"]


def _rank(order: Order) -> tuple[Decimal, int]:
    """Best price first, then first come."""
    return (-order.price if order.side is Side.BUY else order.price, order.sequence)


class Book:
    """Two sorted rows of orders. An order's price and sequence must not change while it rests."""

    def __init__(self) -> None:
        """Start empty."""
        self._sides: dict[Side, list[Order]] = {Side.BUY: [], Side.SELL: []}

    def add(self, order: Order) -> None:
        """Let an order rest."""
        insort(self._sides[order.side], order, key=_rank)
        order.resting = True

    def remove(self, order: Order) -> None:
        """Take a resting order out."""
        row = self._sides[order.side]
        del row[bisect_left(row, _rank(order), key=_rank)]
        order.resting = False

    def best(self, side: Side) -> Order | None:
        """Return the first order of a side."""
        row = self._sides[side]
        return row[0] if row else None

    def orders(self, side: Side) -> Iterator[Order]:
        """Return all orders of a side, best first."""
        return iter(self._sides[side])

    def __len__(self) -> int:
        """Return how many orders rest."""
        return sum(len(row) for row in self._sides.values())
