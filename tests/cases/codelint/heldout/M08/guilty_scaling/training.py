import numpy as np


def calculate_features(closes: np.ndarray) -> np.ndarray:  # expect: M08@scale
    returns = np.diff(np.log(closes))
    return returns / returns.std()  # expect: M08@scale
