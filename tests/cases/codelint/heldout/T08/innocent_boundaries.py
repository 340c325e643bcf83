"""Decimal all along; float only for ratios, scores, seconds and for drawing."""

from decimal import Decimal
from typing import NamedTuple


class Level(NamedTuple):
    price: Decimal
    quantity: Decimal


class Score(NamedTuple):
    probability: float
    brier: float


def chart_point(level: Level, ts_s: float) -> dict:
    return {"x": ts_s, "y": str(level.price)}


def breakeven(avg_px: Decimal, fee_ratio: Decimal) -> Decimal:
    return avg_px * (1 + fee_ratio) * Decimal("1.0005")


def delay_s(attempt: int) -> float:
    return min(0.5 * 2**attempt, 30.0)
