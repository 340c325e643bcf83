"""Walk-forward by hand; a seeded bootstrap of results; shuffled symbols, not times."""

import numpy as np


def walk_forward(rows: int, folds: int, embargo: int):
    size = rows // (folds + 1)
    for number in range(1, folds + 1):
        end = size * number
        yield np.arange(0, end - embargo), np.arange(end, end + size)


def bootstrap_mean(results: np.ndarray, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    picks = generator.integers(0, len(results), size=(1000, len(results)))
    return results[picks].mean(axis=1)
