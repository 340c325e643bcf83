"""An opinion about the future of a price: direction, confidence and horizon, without a quantity."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx

__all__ = ["BarrierSpec", "Direction", "Signal"]


class Direction(StrEnum):
    """Where the price is expected to go, which names the leg that profits."""

    LONG = "LONG"
    SHORT = "SHORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """`confidence_ratio` lies strictly between 0 and 1; `horizon_s` says how long it is meant for.

    `signal_id` is unique per account: the same signal delivered twice is one signal. `stop_ratio`
    is the stop distance that it suggests, as a part of the entry price: followed where it is
    tighter than the policy's, which None leaves alone. `model_seen_us` is the newest instant of the
    market that the model behind it learnt from; None where there is no model.
    """

    signal_id: str
    instrument_id: InstrumentId
    direction: Direction
    confidence_ratio: Decimal
    horizon_s: int
    source: str
    ts_event_us: int
    stop_ratio: Decimal | None = None
    model_seen_us: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.confidence_ratio < 1:
            raise ValueError(
                f"signal {self.signal_id}: confidence {self.confidence_ratio} lies outside 0 to 1"
            )
        if self.horizon_s <= 0 or not self.signal_id:
            raise ValueError("a signal has an id and a horizon above zero seconds")
        if self.stop_ratio is not None and not 0 < self.stop_ratio < 1:
            raise ValueError(
                f"signal {self.signal_id}: stop distance {self.stop_ratio} lies outside 0 to 1"
            )

    @property
    def leg_id(self) -> LegId:
        """The leg that a follower of this signal would open."""
        idx = PositionIdx.LONG if self.direction is Direction.LONG else PositionIdx.SHORT
        return LegId(self.instrument_id.exchange, self.instrument_id.symbol, idx)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarrierSpec:
    """The exits of an entry, shared by SL/TP and by the labels of a model.

    `stop_ratio` and `target_ratio` are distances from the entry price as fractions of it;
    `horizon_s` closes what neither touched (triple barrier, López de Prado 2018, chapter 3).
    """

    stop_ratio: Decimal
    target_ratio: Decimal
    horizon_s: int

    def __post_init__(self) -> None:
        if not 0 < self.stop_ratio < 1 or not 0 < self.target_ratio < 1 or self.horizon_s <= 0:
            raise ValueError(
                "stop and target are between 0 and 1 of the price, the horizon above 0"
            )
