"""Bybit's order books as their stream tells them: a snapshot, then what changed, without a gap.

`u` rises by one from message to message, so a message that was lost shows (docs of the topic
`orderbook`, and recorded frames). A book with a gap is none until a snapshot begins it anew.
"""

from __future__ import annotations

from decimal import Decimal
from heapq import nlargest, nsmallest

from bot_trading.domain.market import BookLevel
from bot_trading.exchanges.bybit.wire import DepthRow
from bot_trading.exchanges.figures import levels

__all__ = ["LEVELS", "DepthBook", "depth_topic"]

LEVELS = 5  # As many as the other exchanges tell in one message; a deeper order is refused.


def depth_topic(symbol: str) -> str:
    """The least deep book that is more than its best prices."""
    return f"orderbook.50.{symbol}"


class DepthBook:
    """The book of one symbol; empty until a snapshot, and again from a gap on."""

    def __init__(self) -> None:
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}
        self._update: int | None = None

    @property
    def is_whole(self) -> bool:
        """True while every change since the last snapshot was heard."""
        return self._update is not None

    def take(self, row: DepthRow, *, is_snapshot: bool) -> None:
        """One message; after a lost one the book is not whole. Raises `MalformedMessage`."""
        follows = self._update is not None and row.update_id == self._update + 1
        self._update = None  # A message that cannot be read leaves a gap as well.
        if not (is_snapshot or follows):
            return
        bids, asks = levels(row.bids, "the book"), levels(row.asks, "the book")
        if is_snapshot:
            self._bids, self._asks = {}, {}
        _change(self._bids, bids)
        _change(self._asks, asks)
        self._update = row.update_id

    def bids(self) -> tuple[BookLevel, ...]:
        """The best levels of buyers, the best first."""
        return tuple(nlargest(LEVELS, self._bids.items())) if self.is_whole else ()

    def asks(self) -> tuple[BookLevel, ...]:
        """The best levels of sellers, the best first."""
        return tuple(nsmallest(LEVELS, self._asks.items())) if self.is_whole else ()


def _change(side: dict[Decimal, Decimal], changed: tuple[BookLevel, ...]) -> None:
    """Size zero takes a level away; one that is not there is beyond what was told of the book."""
    for price, quantity in changed:
        if quantity:
            side[price] = quantity
        else:
            side.pop(price, None)
