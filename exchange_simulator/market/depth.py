"""Recorded depth as a tape: the book of every tenth of a second, beside the trades inside it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from exchange_simulator.market.path import Path
from exchange_simulator.market.tape import TapeCandle
from exchange_simulator.market.trades import TradeTape

__all__ = ["BookChange", "DepthTape", "RecordedBook", "touch_trades"]

Level = tuple[int, int]


class BookChange(NamedTuple):
    """What a frame changed: levels as (ticks, quantity in steps), zero steps for gone ones.

    A `whole` one replaces all that was known before.
    """

    slot: int
    whole: bool
    bids: list[Level]
    asks: list[Level]


class RecordedBook:
    """A place in a recording: the book as it was at one slot."""

    def __init__(self, changes: list[BookChange]) -> None:
        """Start before the first change, with nothing known."""
        self._changes = changes
        self._restart()

    def _restart(self) -> None:
        self._next = 0
        self._slot = -1
        self._sides: dict[bool, dict[int, int]] = {True: {}, False: {}}
        self._sorted: dict[bool, list[Level]] = {}

    def goto(self, slot: int) -> None:
        """Move to a slot; backwards means reading again from the start."""
        if slot == self._slot:
            return
        if slot < self._slot:
            self._restart()
        self._slot = slot
        changes, bids, asks = self._changes, self._sides[True], self._sides[False]
        while self._next < len(changes) and changes[self._next].slot <= slot:
            change = changes[self._next]
            self._next += 1
            self._sorted.clear()
            if change.whole:
                bids.clear()
                asks.clear()
            for side, levels in ((bids, change.bids), (asks, change.asks)):
                for ticks, steps in levels:
                    if steps:
                        side[ticks] = steps
                    else:
                        side.pop(ticks, None)

    def levels(self, *, bids: bool) -> list[Level]:
        """Return (ticks, steps), best first; nothing while the book is not known yet."""
        found = self._sorted.get(bids)
        if found is None:
            found = self._sorted[bids] = sorted(self._sides[bids].items(), reverse=bids)
        return found

    def at(self, ticks: int) -> int:
        """Return the quantity at a price in steps, zero where there is none."""
        return self._sides[True].get(ticks, 0) or self._sides[False].get(ticks, 0)


@dataclass(slots=True, kw_only=True)
class DepthTape:
    """Trades and the changes of the book between them, in slots of the same length."""

    trades: TradeTape
    changes: list[BookChange] = field(default_factory=list)

    @property
    def interval_ms(self) -> int:
        """One second."""
        return self.trades.interval_ms

    @property
    def volume_decimals(self) -> int:
        """Decimals of the trades' volumes."""
        return self.trades.volume_decimals

    @property
    def first_ms(self) -> int:
        """Return when the recording begins."""
        return self.trades.first_ms

    def candle(self, index: int) -> TapeCandle | None:
        """Return the second at an index."""
        return self.trades.candle(index)

    def path(self, index: int) -> Path | None:
        """Return the points of a second."""
        return self.trades.path(index)

    def end_ms(self) -> int | None:
        """Return the end of the last second with a trade."""
        return self.trades.end_ms()

    def funding_rates(self) -> Mapping[int, float]:
        """Return nothing: depth tells no rates."""
        return {}

    def volume_typical(self) -> int:
        """Return the mean volume of a second."""
        return self.trades.volume_typical()

    def recorded_book(self) -> RecordedBook | None:
        """Return a place in the recording of its own for whoever reads it."""
        return RecordedBook(self.changes)


def touch_trades(changes: list[BookChange], *, slots: int) -> tuple[list[int], list[int]]:
    """Return slots and prices of a last price where no trade was recorded.

    It stands at the best ask after the middle rose, and at the best bid after it fell.
    """
    book = RecordedBook(changes)
    found: tuple[list[int], list[int]] = [], []
    middle = 0
    firsts = sorted({change.slot for change in changes})
    for slot in firsts[: bisect_left(firsts, slots)]:
        book.goto(slot)
        bids, asks = book.levels(bids=True), book.levels(bids=False)
        if not bids or not asks:
            continue
        now = bids[0][0] + asks[0][0]
        price = asks[0][0] if now >= middle else bids[0][0]
        middle = now
        found[0].append(slot)
        found[1].append(price)
    return found
