"""Differences with the past, written with slices."""

import numpy as np


def changes(closes: np.ndarray) -> np.ndarray:
    out = np.full_like(closes, np.nan)
    out[1:] = closes[1:] - closes[:-1]
    return out


def triple_barrier_label(closes, row, upper, lower):
    """The label of a row looks at what came after it."""
    for price in closes[row + 1 :]:
        if price >= upper:
            return 1
        if price <= lower:
            return -1
    return 0
