"""What a model expects of one instrument: how likely a long and a short entry are to earn money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

__all__ = ["Prediction", "PredictionSource"]


class PredictionSource(StrEnum):
    """Who answered: the promoted model, the one before it, or a rule without a model."""

    CURRENT = "CURRENT"
    PREVIOUS = "PREVIOUS"
    RULE = "RULE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """`win_long_ratio`: how probably a long entry earns money after costs; short likewise.

    The entry it speaks of leaves by its stop, its target or after `horizon_s` (`BarrierSpec`);
    `stop_ratio` is the stop's distance as a fraction of the entry price. `entry_min_ratio` is the
    probability from which entries earned money on validation; None says that none did.
    `ts_event_us` is the close of the newest candle it looked at; `note` why a fallback answered.
    `model_seen_us` is the newest instant that the model learnt from, None where a rule answered.
    """

    symbol: str
    win_long_ratio: Decimal
    win_short_ratio: Decimal
    entry_min_ratio: Decimal | None
    stop_ratio: Decimal
    horizon_s: int
    source: PredictionSource
    model_version: str
    ts_event_us: int
    note: str = ""
    model_seen_us: int | None = None

    def __post_init__(self) -> None:
        if not (0 < self.win_long_ratio < 1 and 0 < self.win_short_ratio < 1):
            raise ValueError(
                f"prediction for {self.symbol}: probabilities {self.win_long_ratio} and "
                f"{self.win_short_ratio} must lie strictly between 0 and 1"
            )
        if self.entry_min_ratio is not None and not 0 < self.entry_min_ratio < 1:
            raise ValueError(
                f"prediction for {self.symbol}: entry_min_ratio {self.entry_min_ratio} "
                "must lie strictly between 0 and 1"
            )
        if not 0 < self.stop_ratio < 1 or self.horizon_s <= 0:
            raise ValueError(
                f"prediction for {self.symbol}: stop {self.stop_ratio} must lie between 0 and 1, "
                f"horizon {self.horizon_s} s above 0"
            )
