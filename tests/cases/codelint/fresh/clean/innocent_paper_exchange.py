"""Paper exchange for dry runs: a matching engine in memory behind an asynchronous face."""

from __future__ import annotations

import asyncio
import enum
import itertools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal


class Side(enum.Enum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


class PaperError(Exception):
    """The paper exchange refuses a request; the message names the order."""


@dataclass(slots=True)
class Resting:
    client_order_id: str
    side: Side
    price: Decimal
    left: Decimal
    sequence: int


@dataclass(frozen=True, slots=True)
class PaperFill:
    client_order_id: str
    price: Decimal
    quantity: Decimal


@dataclass
class Book:
    levels: dict[Side, list[Resting]] = field(default_factory=lambda: {s: [] for s in Side})

    def best(self, side: Side) -> Resting | None:
        rows = self.levels[side]
        return rows[0] if rows else None

    def add(self, order: Resting) -> None:
        sign = -1 if order.side is Side.BUY else 1
        rows = self.levels[order.side]
        rows.append(order)
        rows.sort(key=lambda row: (sign * row.price, row.sequence))

    def drop(self, client_order_id: str) -> Resting | None:
        for rows in self.levels.values():
            for index, row in enumerate(rows):
                if row.client_order_id == client_order_id:
                    return rows.pop(index)
        return None


def crosses(order: Resting, other: Resting) -> bool:
    if order.side is Side.BUY:
        return order.price >= other.price
    return order.price <= other.price


class PaperExchange:
    def __init__(self, latency_s: float, on_fill: Callable[[PaperFill], None]) -> None:
        self._latency_s = latency_s
        self._on_fill = on_fill
        self._books: dict[str, Book] = defaultdict(Book)
        self._numbers = itertools.count(1)
        self._ids: set[str] = set()

    async def place(
        self, symbol: str, side: Side, price: Decimal, quantity: Decimal, client_order_id: str
    ) -> Decimal:
        """Place a limit order; the quantity that was filled at once."""
        await asyncio.sleep(self._latency_s)
        if client_order_id in self._ids:
            raise PaperError(f"{client_order_id}: this id was used before")
        self._ids.add(client_order_id)
        order = Resting(client_order_id, side, price, quantity, next(self._numbers))
        self._match(self._books[symbol], order)
        if order.left:
            self._books[symbol].add(order)
        return quantity - order.left

    async def cancel(self, symbol: str, client_order_id: str) -> Decimal:
        """Cancel a resting order; the quantity that was left of it."""
        await asyncio.sleep(self._latency_s)
        order = self._books[symbol].drop(client_order_id)
        if order is None:
            raise PaperError(f"{client_order_id}: no such order rests on {symbol}")
        return order.left

    def _match(self, book: Book, order: Resting) -> None:
        while order.left:
            other = book.best(order.side.opposite)
            if other is None or not crosses(order, other):
                return
            quantity = min(order.left, other.left)
            order.left -= quantity
            other.left -= quantity
            for one in (order, other):
                self._on_fill(PaperFill(one.client_order_id, other.price, quantity))
            if not other.left:
                book.drop(other.client_order_id)


async def demo() -> list[PaperFill]:
    fills: list[PaperFill] = []
    exchange = PaperExchange(0.01, fills.append)
    await exchange.place("BTCUSDT", Side.SELL, Decimal("100"), Decimal("2"), "maker-1")
    await exchange.place("BTCUSDT", Side.BUY, Decimal("101"), Decimal("1"), "taker-1")
    await exchange.cancel("BTCUSDT", "maker-1")
    return fills


if __name__ == "__main__":
    for fill in asyncio.run(demo()):
        print(fill)
