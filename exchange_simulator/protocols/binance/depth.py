"""The book by update numbers: REST snapshots and the changes that continue them.

A snapshot's number is one above the last change's, so that it always lies inside the next change
(U <= number <= u), as Binance's rule for joining a stream with a snapshot asks for.
"""

from typing import Any

from exchange_simulator.protocols.book_view import book_levels
from exchange_simulator.protocols.depth import WINDOW, BookChanges, book_number
from exchange_simulator.state import Exchange

__all__ = ["DEPTH_LIMITS", "DepthChanges", "Depths"]

DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1000)


class Depths:
    """Reads the book of an exchange as levels of text with an update number."""

    def __init__(self, exchange: Exchange) -> None:
        """Read this exchange's books."""
        self.exchange = exchange

    def update_id(self, symbol: str) -> int:
        """Return the number of the book's present state."""
        return book_number(self.exchange, symbol)

    def texts(self, symbol: str, levels: list[tuple[int, int]]) -> list[list[str]]:
        """Write levels as pairs of price and quantity."""
        instrument = self.exchange.instrument(symbol)
        return [
            [format(instrument.price_of(ticks), "f"), format(instrument.qty_step * steps, "f")]
            for ticks, steps in levels
        ]

    def snapshot(self, symbol: str, limit: int) -> dict[str, Any]:
        """Return up to `limit` levels of each side; no more than the changes keep correct."""
        depth = min(limit, WINDOW)
        sides = {
            name: self.texts(symbol, book_levels(self.exchange, symbol, bids=bids, depth=depth))
            for name, bids in (("bids", True), ("asks", False))
        }
        stamp_ms = self.exchange.now_ms
        return {
            "lastUpdateId": self.update_id(symbol) + 1,
            "E": stamp_ms,
            "T": stamp_ms,
            **sides,
        }


class DepthChanges:
    """What a book's levels changed since the last time it was asked, in Binance's words."""

    def __init__(self, exchange: Exchange, symbol: str) -> None:
        """Start at the book's present state."""
        self._changes = BookChanges(exchange, symbol)
        self._depths = Depths(exchange)
        self._symbol = symbol

    def next(self) -> dict[str, Any] | None:
        """Return U, u, pu and the changed levels, or None while nothing changed."""
        change = self._changes.next()
        if change is None:
            return None
        return {
            "U": change.previous + 1,
            "u": change.number,
            "pu": change.previous,
            "b": self._depths.texts(self._symbol, change.bids),
            "a": self._depths.texts(self._symbol, change.asks),
        }
