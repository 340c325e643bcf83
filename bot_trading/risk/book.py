"""What the whole book could lose: historical value at risk and expected shortfall, and the worst
days on record applied to what is held now. Both legs of a symbol count with their sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TypeVar

__all__ = [
    "STRESS_DAYS",
    "Holding",
    "StressDay",
    "TailLoss",
    "stress_losses",
    "tail_count",
    "tail_loss",
    "worst_losses",
]

_ZERO = Decimal(0)
Number = TypeVar("Number", int, Decimal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One leg at its present value in quote coin, above zero; a short one gains in a fall."""

    symbol: str
    notional: Decimal
    is_long: bool

    @property
    def signed(self) -> Decimal:
        """The value with the sign of the leg."""
        return self.notional if self.is_long else -self.notional


@dataclass(frozen=True, slots=True, kw_only=True)
class TailLoss:
    """Quote coin, at least zero: `value_at_risk` is not exceeded with the stated confidence, and
    `expected_shortfall` is the mean of the losses that reach it; `scenarios` is what they rest on.
    """

    value_at_risk: Decimal
    expected_shortfall: Decimal
    scenarios: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StressDay:
    """A day of UTC on which markets fell: percent from its open to its low, by symbol."""

    day: str
    name: str
    fall_percent: Mapping[str, Decimal]

    def of(self, symbol: str) -> Decimal:
        """The fall of a symbol; one that the day does not name fell as far as the worst that it
        does."""
        return self.fall_percent.get(symbol, max(self.fall_percent.values()))


def _day(day: str, name: str, btc: str, eth: str) -> StressDay:
    falls = {"BTCUSDT": Decimal(btc), "ETHUSDT": Decimal(eth)}
    return StressDay(day=day, name=name, fall_percent=falls)


# Hourly candles of Binance USDⓈ-M perpetuals, open of the UTC day to its lowest price.
STRESS_DAYS = (
    _day("2020-03-12", "March 2020", "45.2", "51.2"),
    _day("2021-05-19", "May 2021", "33.1", "58.5"),
    _day("2022-05-09", "LUNA, first day", "11.8", "11.8"),
    _day("2022-05-11", "LUNA, third day", "10.8", "14.5"),
    _day("2022-11-08", "FTX, first day", "18.2", "23.8"),
    _day("2022-11-09", "FTX, second day", "16.6", "19.7"),
    _day("2025-10-10", "October 2025", "16.5", "22.1"),
)


def tail_loss(
    book: Sequence[Holding],
    returns: Mapping[str, Sequence[Decimal]],
    confidence_ratio: Decimal = Decimal("0.99"),
) -> TailLoss:
    """Historical simulation: each past period's returns applied to the present book.

    `returns` holds one ratio per period for each symbol, all of one length and aligned in time. The
    tail are the ceil((1 − confidence) × n) worst periods (Acerbi and Tasche 2002 for the mean of
    it). Raises ValueError for a symbol without returns, series of different lengths or none, and a
    confidence outside 0 to 1: a figure that leaves a leg out would be too small.
    """
    net: dict[str, Decimal] = {}
    for holding in book:
        net[holding.symbol] = net.get(holding.symbol, _ZERO) + holding.signed
    missing = sorted(set(net) - set(returns))
    lengths = {len(series) for series in returns.values()}
    if missing or len(lengths) != 1 or not min(lengths):
        raise ValueError(f"returns are missing for {missing}, or have lengths {sorted(lengths)}")
    periods = lengths.pop()
    tail = worst_losses(net, returns, tail_count(periods, confidence_ratio))
    return TailLoss(
        value_at_risk=max(tail[-1], _ZERO),
        expected_shortfall=max(sum(tail, _ZERO) / len(tail), _ZERO),
        scenarios=periods,
    )


def tail_count(periods: int, confidence_ratio: Decimal) -> int:
    """How many of so many periods are the tail; raises ValueError for a confidence that is none."""
    if not 0 < confidence_ratio < 1:
        raise ValueError(f"confidence {confidence_ratio} must lie strictly between 0 and 1")
    return max(int(((1 - confidence_ratio) * periods).to_integral_value(ROUND_CEILING)), 1)


def worst_losses(
    net: Mapping[str, Number], returns: Mapping[str, Sequence[Number]], count: int
) -> list[Number]:
    """The `count` largest losses of the book over the periods, the worst first; a gain is below 0.

    `net` is by symbol what is long less what is short. In whole units of a grid it costs half.
    """
    losses: list[Number] = []
    for symbol, value in net.items():
        series = returns[symbol]
        if losses:
            losses = [loss - value * move for loss, move in zip(losses, series, strict=True)]
        else:
            losses = [-value * move for move in series]
    if not losses:
        losses = [each * 0 for each in next(iter(returns.values()))]
    losses.sort(reverse=True)
    return losses[:count]


def stress_losses(
    book: Sequence[Holding], days: Sequence[StressDay] = STRESS_DAYS
) -> dict[str, Decimal]:
    """What the book would lose on each day, by its date; below zero where it would gain.

    Every leg is valued at its symbol's low at the same instant and no stop fills: the worst that
    the day could do to a book of longs.
    """
    return {
        day.day: sum((each.signed * day.of(each.symbol) / 100 for each in book), _ZERO)
        for day in days
    }
