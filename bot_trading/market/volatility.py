"""Average true range of one instrument, candle by candle (J. W. Wilder, 1978)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.market import Candle

__all__ = ["AtrWindow", "take_in"]

# A price keeps at most this many digits behind the point, and so does what is derived from it.
_STEP = Decimal("1E-12")


@dataclass(slots=True)
class AtrWindow:
    """`atr` in quote coin, None until `period` candles were seen; the mean of them is its start."""

    period: int
    atr: Decimal | None = None
    seen: int = 0
    total: Decimal = Decimal(0)
    close: Decimal | None = None


def take_in(window: AtrWindow, candle: Candle) -> Decimal | None:
    """The ATR after one more closed candle: (before × (period − 1) + true range) / period.

    The true range spans the candle and the close before it; the first candle has its own range.
    """
    close = window.close
    high, low = candle.high, candle.low
    if close is not None:
        high, low = max(high, close), min(low, close)
    window.close = candle.close
    window.seen += 1
    if window.atr is not None:
        total = window.atr * (window.period - 1) + (high - low)
        window.atr = (total / window.period).quantize(_STEP)
        return window.atr
    window.total += high - low
    if window.seen == window.period:
        window.atr = (window.total / window.period).quantize(_STEP)
    return window.atr
