import numpy as np


def trend(closes: np.ndarray) -> np.ndarray:
    kernel = np.ones(9) / 9
    return np.convolve(closes, kernel, mode="same")  # expect: M02


def roll_mid(series, size: int):
    return series.rolling(size, 1, True).mean()  # expect: M02
