"""Features and timings are floats; the model never sees money again after this."""

import time

import numpy as np


def returns(closes: np.ndarray) -> np.ndarray:
    return np.diff(np.log(closes))


def elapsed_s(started: float) -> float:
    return float(time.monotonic() - started)


def rsi(gain: float, loss: float) -> float:
    return 100.0 - 100.0 / (1.0 + gain / loss)
