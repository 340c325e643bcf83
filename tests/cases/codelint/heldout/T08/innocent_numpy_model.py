"""float64 inside the model's room: closes and volumes as arrays, nothing returns as money."""

import numpy as np


def zscore(values: np.ndarray, window: int) -> float:
    tail = values[-window:]
    return float((tail[-1] - tail.mean()) / tail.std())


class Calibrator:
    slope: float = 1.0
    offset: float = 0.0

    def apply(self, score: float) -> float:
        return 1.0 / (1.0 + np.exp(-(self.slope * score + self.offset)))
