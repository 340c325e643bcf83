"""Floats where they belong: shares, seconds and features; money stays Decimal."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np


@dataclass(frozen=True)
class Window:
    closes: tuple[Decimal, ...]
    delay_s: float
    confidence: float


def relative_moves(window: Window) -> np.ndarray:
    moves = [after / before - 1 for before, after in zip(window.closes, window.closes[1:])]
    return np.asarray(moves, dtype=np.float64)


def stake(window: Window, full: Decimal) -> Decimal:
    return full if window.confidence >= 0.7 else full / 2
