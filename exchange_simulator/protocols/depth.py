"""A book's numbered states, and what changed from one to the next, for any exchange's depth feed.

A book's number grows with every market step and every change by orders. Ten apart, so that a
language may use numbers between two states.
"""

from dataclasses import dataclass

from exchange_simulator.protocols.book_view import book_levels
from exchange_simulator.state import Exchange

__all__ = ["WINDOW", "BookChange", "BookChanges", "book_number"]

WINDOW = 200
_STRIDE = 10


def book_number(exchange: Exchange, symbol: str) -> int:
    """Return the number of a book's present state."""
    return (exchange.market(symbol).step + exchange.book_touches[symbol]) * _STRIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class BookChange:
    """The step from one state to the next: levels as (ticks, steps), zero steps for gone ones."""

    previous: int
    number: int
    bids: list[tuple[int, int]]
    asks: list[tuple[int, int]]


class BookChanges:
    """What a book's levels changed since the last time it was asked."""

    def __init__(self, exchange: Exchange, symbol: str) -> None:
        """Start at the book's present state."""
        self._exchange = exchange
        self._symbol = symbol
        self.last = book_number(exchange, symbol)
        self._sides = {bids: self._levels(bids) for bids in (True, False)}

    def _levels(self, bids: bool) -> dict[int, int]:
        return dict(book_levels(self._exchange, self._symbol, bids=bids, depth=WINDOW))

    def next(self) -> BookChange | None:
        """Return the change to the present state, or None while the state is the same."""
        number = book_number(self._exchange, self._symbol)
        if number <= self.last:
            return None
        changed = {bids: self._changes(bids=bids) for bids in (True, False)}
        previous, self.last = self.last, number
        return BookChange(previous=previous, number=number, bids=changed[True], asks=changed[False])

    def _changes(self, *, bids: bool) -> list[tuple[int, int]]:
        """New and changed levels, and with zero those that the price has gone through.

        Levels deeper than the window stay as they were told until the price comes back to them.
        """
        known, new = self._sides[bids], self._levels(bids)
        if not new:
            rows = [(ticks, 0) for ticks in known]
            known.clear()
            return rows
        edge = next(reversed(new))
        rows = [(ticks, steps) for ticks, steps in new.items() if known.get(ticks) != steps]
        gone = [
            ticks
            for ticks in known
            if ticks not in new and (ticks >= edge if bids else ticks <= edge)
        ]
        for ticks in gone:
            del known[ticks]
        known |= new
        return rows + [(ticks, 0) for ticks in gone]
