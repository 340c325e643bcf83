import numpy as np


def volatility_features(closes: np.ndarray) -> np.ndarray:
    return np.abs(np.diff(closes))


def train_volatility(fit, closes):
    return fit(volatility_features(closes))
