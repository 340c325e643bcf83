"""The trailing stop of a leg as the model exchange moves it: activated, followed, hit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.position import NativeTrailing

__all__ = ["ModelTrail", "is_hit", "started"]


@dataclass(slots=True)
class ModelTrail:
    """A trailing stop that rests; `best` is the best price since it began to follow."""

    asked: NativeTrailing
    best: Decimal | None = None

    def stop(self, sign: int) -> Decimal | None:
        """Where it stands, or None before its activation."""
        return None if self.best is None else self.best - sign * self.asked.distance


def started(asked: NativeTrailing, price: Decimal) -> ModelTrail:
    """A new one at this price: without an activation price it follows from here."""
    return ModelTrail(asked, price if asked.active_px is None else None)


def is_hit(trail: ModelTrail, sign: int, price: Decimal) -> bool:
    """Let it follow to this price; True when the price fell back by its distance. `sign` is 1 for a
    long leg and −1 for a short one."""
    active_px = trail.asked.active_px
    if trail.best is None:
        if active_px is None or sign * (price - active_px) < 0:
            return False
        trail.best = price
    elif sign * (price - trail.best) > 0:
        trail.best = price
    stop = trail.stop(sign)
    return stop is not None and sign * (price - stop) <= 0
