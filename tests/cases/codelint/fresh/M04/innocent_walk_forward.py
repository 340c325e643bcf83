"""Walk-forward windows with an embargo; bootstrap of finished trades' results."""

import numpy as np
from sklearn.model_selection import TimeSeriesSplit


def windows(rows: int, train: int, test: int, embargo: int):
    start = 0
    while start + train + embargo + test <= rows:
        split = start + train
        yield slice(start, split), slice(split + embargo, split + embargo + test)
        start += test


def folds(bars):
    return TimeSeriesSplit(n_splits=4, gap=24).split(bars)


def bootstrap_mean(results: np.ndarray, rounds: int) -> np.ndarray:
    generator = np.random.default_rng(11)
    return np.array([generator.choice(results, len(results)).mean() for _ in range(rounds)])
