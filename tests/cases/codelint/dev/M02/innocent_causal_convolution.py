"""A convolution whose output is valid only, or cut at the end."""

import numpy as np


def average(closes: np.ndarray, size: int) -> np.ndarray:
    return np.convolve(closes, np.ones(size) / size, mode="valid")


def weighted(closes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.convolve(closes, weights, mode="full")[: -len(weights) + 1]
