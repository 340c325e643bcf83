import numpy as np


def feature_vector(closes: np.ndarray, volumes: np.ndarray) -> np.ndarray:  # expect: M08@vector
    ema = closes[-20:].mean()
    return np.array([closes[-1] / ema, volumes[-1] / volumes[-50:].mean()])  # expect: M08@vector
