import numpy as np


def trend_features(closes: np.ndarray) -> np.ndarray:
    return np.diff(np.log(closes))


def train_trend(fit, closes):
    return fit(trend_features(closes))
