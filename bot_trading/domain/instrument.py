"""What trades and where: ids, steps and minimums, and the rounding that follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from enum import IntEnum
from typing import NamedTuple

__all__ = [
    "FINEST_STEP",
    "SYMBOL_MAX_CHARS",
    "Instrument",
    "InstrumentId",
    "LegId",
    "PositionIdx",
    "is_keepable",
    "pieces",
    "round_down",
    "round_up",
]

# What the columns of orders hold: VARCHAR(20), and DECIMAL(20, 8), where nothing is rounded.
SYMBOL_MAX_CHARS = 20
FINEST_STEP = Decimal("0.00000001")
_KEPT_BELOW = Decimal(10) ** 12
_WIDE = Context(prec=40)


class PositionIdx(IntEnum):
    """Which leg of a symbol, by the exchanges' own numbers; 0 exists only in one-way mode."""

    ONE_WAY = 0
    LONG = 1
    SHORT = 2


class InstrumentId(NamedTuple):
    """An instrument on one exchange, e.g. ("bybit", "BTCUSDT")."""

    exchange: str
    symbol: str

    def __str__(self) -> str:
        return f"{self.symbol}.{self.exchange}"


# Looking up a member of an enum takes longer than the comparison that needs it.
_LONG = PositionIdx.LONG


class LegId(NamedTuple):
    """One leg of an instrument; travels from intent to fill and is never derived from a side."""

    exchange: str
    symbol: str
    position_idx: PositionIdx

    @property
    def instrument_id(self) -> InstrumentId:
        """The instrument that the leg is a part of."""
        return InstrumentId(self.exchange, self.symbol)

    @property
    def is_long(self) -> bool:
        """True for the long leg."""
        return self.position_idx is _LONG

    def __str__(self) -> str:
        return f"{self.symbol}.{self.exchange}-{self.position_idx.name}"


def is_keepable(value: Decimal) -> bool:
    """True for a finite number with at most 12 digits before the point and 8 after it."""
    if not value.is_finite() or abs(value) >= _KEPT_BELOW:
        return False
    return value.quantize(FINEST_STEP, context=_WIDE) == value


def round_down(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `value`; `step` > 0."""
    return (value / step).to_integral_value(ROUND_FLOOR) * step


def pieces(quantity: Decimal, most: Decimal) -> tuple[Decimal, ...]:
    """`quantity` in as few parts as there can be when none is above `most`, which is > 0."""
    parts = []
    while quantity > 0:
        parts.append(min(quantity, most))
        quantity -= parts[-1]
    return tuple(parts)


def round_up(value: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of `step` that is not below `value`; `step` > 0."""
    return (value / step).to_integral_value(ROUND_CEILING) * step


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A linear perpetual; quantities in base coin, prices and notionals in quote coin."""

    instrument_id: InstrumentId
    base_coin: str
    quote_coin: str
    tick_size: Decimal
    qty_step: Decimal
    min_qty: Decimal
    max_qty: Decimal
    max_market_qty: Decimal
    min_notional: Decimal
    leverage_max: Decimal
    funding_interval_min: int
    is_trading: bool

    def __post_init__(self) -> None:
        if self.tick_size <= 0 or self.qty_step <= 0 or self.min_qty <= 0:
            raise ValueError(f"{self.instrument_id}: tick size, step and minimum are above zero")

    def quantity_down(self, quantity: Decimal) -> Decimal:
        """`quantity` floored to the step: never more than was asked for."""
        return round_down(quantity, self.qty_step)

    def price_for(self, price: Decimal, *, towards_up: bool) -> Decimal:
        """`price` on the tick grid, moved in the stated direction; the caller knows its risk."""
        return (round_up if towards_up else round_down)(price, self.tick_size)
