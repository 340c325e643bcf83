"""Facts of the market: closed candles, settled funding rates and the prices seen last."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from bot_trading.domain.instrument import InstrumentId

__all__ = ["BookLevel", "Candle", "FundingRate", "Quote"]

BookLevel = tuple[Decimal, Decimal]  # Price in quote coin, units of the instrument's quantity.


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """A closed candle: prices in quote coin, volume in base coin, times in microseconds UTC.

    `open_us` is its first instant, `open_us + interval_s * 1_000_000` its close.
    """

    instrument_id: InstrumentId
    interval_s: int
    open_us: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    @property
    def close_us(self) -> int:
        """The instant at which it closed."""
        return self.open_us + self.interval_s * 1_000_000

    def problem(self) -> str | None:
        """Why no market can have made this candle, or None when it is possible."""
        low, high, volume = self.low, self.high, self.volume
        try:
            is_ordered = low <= self.open <= high and low <= self.close <= high
            is_positive = low > 0 and volume >= 0
        except InvalidOperation:  # A comparison with NaN.
            return "a value is not a finite number"
        # What lies between two finite numbers is finite, and what is below zero is named first.
        is_finite = high.is_finite() and volume.is_finite()
        if is_ordered and is_positive and is_finite:
            return None
        if not (is_finite and low.is_finite()):
            return "a value is not a finite number"
        if not is_positive:
            return "a price is not above zero or the volume is negative"
        return "open or close lies outside low to high"


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingRate:
    """A rate as it was settled: the part of its notional that a long leg paid, below 0 received."""

    instrument_id: InstrumentId
    rate: Decimal
    ts_settled_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The prices of an instrument as last seen; a part the exchange has not told yet is None.

    `bid_qty` and `ask_qty` are what the best prices hold, in units of the instrument's quantity;
    `ts_book_us` is when we last heard of them, since other parts may come by streams of their own.
    `funding_rate` is that of the settlement at `ts_funding_us`, a part of the notional that a long
    leg pays. `bids` and `asks` are the first levels of the book, the best first, where the client
    was told to read them, and empty while it has no whole book; `ts_depth_us` is when we heard of
    them.
    """

    instrument_id: InstrumentId
    last: Decimal | None
    mark: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    ts_event_us: int
    ts_init_us: int
    bid_qty: Decimal | None = None
    ask_qty: Decimal | None = None
    ts_book_us: int | None = None
    funding_rate: Decimal | None = None
    ts_funding_us: int | None = None
    bids: tuple[BookLevel, ...] = ()
    asks: tuple[BookLevel, ...] = ()
    ts_depth_us: int | None = None
