"""NaN is refused, masked out, or carried to a model that knows it."""

import numpy as np


def checked(matrix: np.ndarray, names) -> np.ndarray:
    bad = np.isnan(matrix).any(axis=0)
    if bad.any():
        raise ValueError(f"NaN in {[name for name, is_bad in zip(names, bad, strict=True) if is_bad]}")
    return matrix


def usable_rows(matrix: np.ndarray) -> np.ndarray:
    return matrix[~np.isnan(matrix).any(axis=1)]


def candles_with_gaps(candles, index):
    return candles.reindex(index)
