import numpy as np


def calculate_features(closes: np.ndarray) -> np.ndarray:  # expect: M08@scale
    returns = np.diff(closes) / closes[:-1]  # expect: M08@scale
    return returns  # expect: M08@scale
