"""A plain momentum rule: follow a move of at least so many basis points over so many candles.

It exists to trade, to be understood and to be compared with. It has no edge that we claim: its
confidence is a setting, not a measurement.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

from bot_trading.domain.market import Candle
from bot_trading.domain.signal import Direction, Signal

__all__ = ["MomentumSpec", "MomentumWindow", "on_candle"]

_BPS = Decimal(10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentumSpec:
    """`lookback` candles; `threshold_bps` of the older close; a pause after each signal."""

    lookback: int
    threshold_bps: Decimal
    cool_down: int
    confidence_ratio: Decimal
    horizon_s: int


@dataclass(slots=True)
class MomentumWindow:
    """The closes of one instrument, newest last, and how many candles ago it last spoke."""

    closes: deque[Decimal]
    since_signal: int = field(default=1 << 30)

    @classmethod
    def empty(cls, spec: MomentumSpec) -> MomentumWindow:
        """A window that has seen nothing."""
        return cls(closes=deque(maxlen=spec.lookback + 1))


def on_candle(window: MomentumWindow, spec: MomentumSpec, candle: Candle) -> Signal | None:
    """Take in one closed candle; a signal when the move since `lookback` candles is large enough.

    No signal is an answer too: while the window fills, within the pause, and below the threshold.
    """
    closes = window.closes
    closes.append(candle.close)
    window.since_signal += 1
    if len(closes) <= spec.lookback or window.since_signal <= spec.cool_down:
        return None
    oldest = closes[0]
    move = candle.close - oldest
    if abs(move) * _BPS < spec.threshold_bps * oldest:
        return None
    window.since_signal = 0
    symbol = candle.instrument_id.symbol  # One close is one opinion, whichever exchange told it.
    direction = Direction.LONG if move > 0 else Direction.SHORT
    return Signal(
        signal_id=f"momentum-{symbol}-{candle.interval_s}-{candle.close_us}",
        instrument_id=candle.instrument_id,
        direction=direction,
        confidence_ratio=spec.confidence_ratio,
        horizon_s=spec.horizon_s,
        source="momentum",
        ts_event_us=candle.close_us,
    )
