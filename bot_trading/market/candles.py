"""The order of candles: which one continues a series, which repeats it, which leaves a gap."""

from __future__ import annotations

from enum import StrEnum

from bot_trading.domain.market import Candle

__all__ = ["Continuity", "continuity"]


class Continuity(StrEnum):
    """How a candle follows the last one of its series."""

    NEXT = "NEXT"
    REPEATED = "REPEATED"
    GAP = "GAP"


def continuity(last_open_us: int | None, candle: Candle) -> Continuity:
    """NEXT when the candle opens where the last one closed, or begins a series.

    REPEATED when it is not newer than the last one (a duplicate, or late); GAP when candles
    between the two are missing, or when it does not lie on the grid of its interval.
    """
    if last_open_us is None:
        return Continuity.NEXT
    step_us = candle.interval_s * 1_000_000
    if candle.open_us <= last_open_us:
        return Continuity.REPEATED
    return Continuity.NEXT if candle.open_us == last_open_us + step_us else Continuity.GAP
