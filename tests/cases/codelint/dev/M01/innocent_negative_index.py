"""Negative numbers that are no look-ahead: the last row, the last axis, a queue's end."""

import numpy as np


def last_row(matrix: np.ndarray) -> np.ndarray:
    return matrix[-1]


def row_norm(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.norm(matrix, axis=-1)


def lagged(closes: np.ndarray) -> np.ndarray:
    shifted = np.roll(closes, 1)
    return closes[1:] - shifted[1:]
