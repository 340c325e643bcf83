"""The book by update numbers: REST snapshots and the changes that continue them.

A book's number grows with every market step and every change by orders. A snapshot's number is
one above the last change's, so that it always lies inside the next change (U <= number <= u), as
Binance's rule for joining a stream with a snapshot asks for.
"""

from typing import Any

from exchange_simulator.protocols.bybit.book_view import book_levels
from exchange_simulator.state import Exchange

__all__ = ["DEPTH_LIMITS", "DepthChanges", "Depths"]

DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1000)
_WINDOW = 200
_STRIDE = 10
_GAP_MAX = 5000


class Depths:
    """Reads the book of an exchange as levels of text with an update number."""

    def __init__(self, exchange: Exchange) -> None:
        """Read this exchange's books."""
        self.exchange = exchange

    def update_id(self, symbol: str) -> int:
        """Return the number of the book's present state."""
        market = self.exchange.market(symbol)
        return (market.step + self.exchange.book_touches[symbol]) * _STRIDE

    def texts(self, symbol: str, levels: list[tuple[int, int]]) -> list[list[str]]:
        """Write levels as pairs of price and quantity."""
        instrument = self.exchange.instrument(symbol)
        return [
            [format(instrument.price_of(ticks), "f"), format(instrument.qty_step * steps, "f")]
            for ticks, steps in levels
        ]

    def snapshot(self, symbol: str, limit: int) -> dict[str, Any]:
        """Return up to `limit` levels of each side; no more than the changes keep correct."""
        depth = min(limit, _WINDOW)
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
    """What a book's levels changed since the last time it was asked."""

    def __init__(self, exchange: Exchange, symbol: str) -> None:
        """Start at the book's present state."""
        self._depths = Depths(exchange)
        self._exchange = exchange
        self._symbol = symbol
        self.last_id = self._depths.update_id(symbol)
        self._sides = {bids: self._levels(bids) for bids in (True, False)}

    def _levels(self, bids: bool) -> dict[int, int]:
        return dict(book_levels(self._exchange, self._symbol, bids=bids, depth=_WINDOW))

    def next(self) -> dict[str, Any] | None:
        """Return U, u, pu and the changed levels, or None while nothing changed."""
        number = self._depths.update_id(self._symbol)
        if number <= self.last_id:
            return None
        changed = {}
        for name, bids in (("b", True), ("a", False)):
            old, new = self._sides[bids], self._levels(bids)
            self._sides[bids] = new
            changed[name] = self._depths.texts(self._symbol, self._changes(old, new, bids=bids))
        event = {"U": self.last_id + 1, "u": number, "pu": self.last_id, **changed}
        self.last_id = number
        return event

    def _changes(
        self, old: dict[int, int], new: dict[int, int], *, bids: bool
    ) -> list[tuple[int, int]]:
        """New and changed levels, and with zero those that went; deep levels stay as they are."""
        rows = [(ticks, steps) for ticks, steps in new.items() if old.get(ticks) != steps]
        if not new:
            return rows + [(ticks, 0) for ticks in old]
        best, edge = next(iter(new)), next(reversed(new))
        gone = [
            ticks
            for ticks in old
            if ticks not in new and (ticks >= edge if bids else ticks <= edge)
        ]
        return rows + [(ticks, 0) for ticks in (*gone, *self._jumped(old, best, bids=bids))]

    def _jumped(self, old: dict[int, int], best: int, *, bids: bool) -> list[int]:
        """Levels deeper than the old window that the price has jumped over."""
        if not old:
            return []
        gap = self._exchange.market(self._symbol).gap_ticks
        edge = next(reversed(old))
        if best >= edge if bids else best <= edge:
            return []
        first, last = (best + 1, edge) if bids else (edge + 1, best)
        start = -(-first // gap) * gap
        return list(range(start, last, gap))[:_GAP_MAX]
