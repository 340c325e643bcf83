"""A trailing window by sliding views and by cumulative sums."""

import numpy as np


def trailing_mean(closes: np.ndarray, size: int) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(closes, size)
    return windows.mean(axis=-1)


def trailing_sum(values: np.ndarray, size: int) -> np.ndarray:
    total = np.cumsum(values)
    total[size:] -= total[:-size].copy()
    return total[size - 1 :]
