"""What Binance's streams tell of order books: best prices at once, five levels ten times a second.

Both name the book's update by the same number, so the newer word on the best level counts: levels
that the best price has passed are gone, what lies behind it is as old as the levels are.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct, field

from bot_trading.domain.market import BookLevel
from bot_trading.exchanges.binance.wire import Millis, Symbol, Text
from bot_trading.exchanges.figures import levels, price_or_none

__all__ = ["BookTicker", "DepthBook", "DepthEvent", "decode_book_ticker", "decode_depth"]

Sides = tuple[tuple[BookLevel, ...], tuple[BookLevel, ...]]  # Bids and asks, the best first.


class BookTicker(Struct, frozen=True):
    """The best prices of a symbol, and what they hold."""

    symbol: Symbol = field(name="s")
    bid: Text = field(name="b")
    ask: Text = field(name="a")
    bid_qty: Text = field(name="B")
    ask_qty: Text = field(name="A")
    time_ms: Millis = field(name="T")
    update_id: int = field(name="u")


class DepthEvent(Struct, frozen=True):
    """The first levels of a symbol's book, whole in each message."""

    symbol: Symbol = field(name="s")
    bids: list[tuple[Text, Text]] = field(name="b")
    asks: list[tuple[Text, Text]] = field(name="a")
    time_ms: Millis = field(name="T")
    update_id: int = field(name="u")


class DepthBook:
    """The first levels of one symbol; empty until they were told."""

    def __init__(self) -> None:
        self._levels: Sides = ((), ())
        self._levels_id = -1
        self._best: Sides = ((), ())
        self._best_id = -1

    def take_levels(self, event: DepthEvent) -> bool:
        """The levels anew; false for a message older than the last. Raises `MalformedMessage`."""
        if event.update_id < self._levels_id:
            return False
        self._levels = levels(event.bids, "bids"), levels(event.asks, "asks")
        self._levels_id = event.update_id
        return True

    def take_best(self, event: BookTicker) -> None:
        """The best level of each side. Raises `MalformedMessage`."""
        if event.update_id >= self._best_id:
            self._best = _level(event.bid, event.bid_qty), _level(event.ask, event.ask_qty)
            self._best_id = event.update_id

    def sides(self) -> Sides:
        """The levels, behind the best ones where those are newer."""
        bids, asks = self._levels
        if self._best_id <= self._levels_id:
            return bids, asks
        bid, ask = self._best
        if not (bid and ask and bids and asks):
            return (), ()
        return (
            bid + tuple(each for each in bids if each[0] < bid[0][0]),
            ask + tuple(each for each in asks if each[0] > ask[0][0]),
        )


def _level(price: str, quantity: str) -> tuple[BookLevel, ...]:
    """One level; no price is written as zero."""
    return levels([(price, quantity)], "best") if price_or_none(price, "a best price") else ()


decode_book_ticker = msgspec.json.Decoder(BookTicker).decode
decode_depth = msgspec.json.Decoder(DepthEvent).decode
