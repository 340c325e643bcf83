"""The tape: the base candles of one symbol in whole ticks and whole volume units."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from exchange_simulator.market.depth import RecordedBook
    from exchange_simulator.market.path import Path

__all__ = ["CandleTape", "Tape", "TapeCandle"]


class TapeCandle(NamedTuple):
    """One candle: open time in ms, prices in ticks, volume in units of 10^-volume_decimals."""

    open_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int


class Tape(Protocol):
    """A row of candles without gaps; a generated tape grows as far as it is read."""

    @property
    def interval_ms(self) -> int:
        """Length of a candle."""

    @property
    def volume_decimals(self) -> int:
        """Volumes are whole numbers of 10^-volume_decimals."""

    @property
    def first_ms(self) -> int:
        """When the first candle opens."""

    def candle(self, index: int) -> TapeCandle | None:
        """Return the candle at an index, or None where the tape has ended."""

    def path(self, index: int) -> Path | None:
        """Return the recorded trades inside a candle, or None where a path is to be made."""

    def end_ms(self) -> int | None:
        """Return when the last candle closes, or None for a tape without an end."""

    def funding_rates(self) -> Mapping[int, float]:
        """Return recorded funding rates by settlement time in ms."""

    def volume_typical(self) -> int:
        """Return the typical volume of one candle, the measure of the book's depth."""

    def recorded_book(self) -> RecordedBook | None:
        """Return a place in the recorded book, or None where a book is to be made."""


@dataclass(slots=True, kw_only=True)
class CandleTape:
    """A recorded tape, held in columns."""

    interval_ms: int
    volume_decimals: int
    first_ms: int
    opens: array[int]
    highs: array[int]
    lows: array[int]
    closes: array[int]
    volumes: array[int]
    rates: dict[int, float] = field(default_factory=dict)

    def candle(self, index: int) -> TapeCandle | None:
        """Return the candle at an index, or None outside the recording."""
        if not 0 <= index < len(self.opens):
            return None
        return TapeCandle(
            open_ms=self.first_ms + index * self.interval_ms,
            open=self.opens[index],
            high=self.highs[index],
            low=self.lows[index],
            close=self.closes[index],
            volume=self.volumes[index],
        )

    def path(self, index: int) -> Path | None:
        """Return None: a candle tells nothing of the trades inside it."""
        return None

    def end_ms(self) -> int | None:
        """Return the close time of the last recorded candle in ms."""
        return self.first_ms + len(self.opens) * self.interval_ms

    def funding_rates(self) -> Mapping[int, float]:
        """Return recorded funding rates by settlement time in ms."""
        return self.rates

    def volume_typical(self) -> int:
        """Return the median volume of the first 500 candles, at least one unit."""
        sample = sorted(self.volumes[:500])
        return max(1, sample[len(sample) // 2])

    def recorded_book(self) -> RecordedBook | None:
        """Return None: candles tell nothing of the book."""
        return None
