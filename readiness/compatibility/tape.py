"""A tape that leads both bots through every decision they share: entries, additions, a limit, a
stop, a target, a horizon and a turn, on two symbols, with the price still wherever rounding or a
late poll could make a decision a matter of luck."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["CANDLE_MS", "END", "START", "START_MS", "TAPES", "SymbolTape"]

START_MS = 1_767_571_200_000  # 2026-01-05, UTC.
CANDLE_MS = 60_000
START, END = -3, 48  # Candles of the script, and some before it on which both bots get ready.


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolTape:
    """From which candle of the script on the price is how many basis points above its base."""

    symbol: str
    base: Decimal
    tick: Decimal
    quantity_step: Decimal
    levels_bps: tuple[tuple[int, int], ...]

    @property
    def quantity_decimals(self) -> int:
        """Decimals of the quantity's step."""
        return -int(self.quantity_step.as_tuple().exponent)

    def close(self, index: int) -> Decimal:
        """The close of a candle; those before the script have indices below zero."""
        found = (bps for start, bps in reversed(self.levels_bps) if index >= start)
        return (self.base * (10_000 + next(found, 0)) / 10_000).quantize(self.tick)


TAPES = (
    SymbolTape(
        symbol="BTCUSDT",
        base=Decimal(60_000),
        tick=Decimal("0.1"),
        quantity_step=Decimal("0.001"),
        levels_bps=((0, 20), (8, 120), (16, 50), (24, 70), (36, 62)),
    ),
    SymbolTape(
        symbol="ETHUSDT",
        base=Decimal(3_000),
        tick=Decimal("0.01"),
        quantity_step=Decimal("0.01"),
        levels_bps=((0, 20), (4, 40), (8, 60), (20, 40), (28, -70), (36, 5)),
    ),
)
