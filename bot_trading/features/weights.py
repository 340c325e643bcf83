"""Averages as weights over a fixed number of rows, oldest first.

An exponential average never forgets; ours restarts on a stated window instead, seeded as TA-Lib
seeds it (the plain mean of the first n values), so that it is a weighted sum of that window and
nothing else. The weights are found by sending each row's unit vector through the recursion.
"""

from __future__ import annotations

import numpy as np

from bot_trading.features.window import Floats

__all__ = [
    "accumulation",
    "decay",
    "dema",
    "ema",
    "fractional",
    "linear",
    "linreg_end",
    "linreg_slope",
    "macd",
    "tema",
    "triangular",
    "trix",
    "tsi",
    "wilder",
]


def _smooth(values: Floats, n: int, alpha: float) -> Floats:
    """An exponential average down the first axis, from the mean of the first n values on."""
    smoothed = [values[:n].mean(axis=0)]
    for value in values[n:]:
        smoothed.append(smoothed[-1] + alpha * (value - smoothed[-1]))
    return np.array(smoothed)


def _ema(values: Floats, n: int) -> Floats:
    return _smooth(values, n, 2 / (n + 1))


def ema(n: int, rows: int) -> Floats:
    """Exponential moving average, alpha 2 / (n + 1)."""
    return np.ascontiguousarray(_ema(np.eye(rows), n)[-1])


def wilder(n: int, rows: int) -> Floats:
    """Wilder's average, alpha 1 / n (Wilder 1978)."""
    return np.ascontiguousarray(_smooth(np.eye(rows), n, 1 / n)[-1])


def dema(n: int, rows: int) -> Floats:
    """Double exponential moving average (Mulloy 1994)."""
    once = _ema(np.eye(rows), n)
    return np.ascontiguousarray(2 * once[-1] - _ema(once, n)[-1])


def tema(n: int, rows: int) -> Floats:
    """Triple exponential moving average (Mulloy 1994)."""
    once = _ema(np.eye(rows), n)
    twice = _ema(once, n)
    return np.ascontiguousarray(3 * once[-1] - 3 * twice[-1] + _ema(twice, n)[-1])


def trix(n: int, rows: int) -> tuple[Floats, Floats]:
    """Three exponential averages in a row: the last value and the one before it (Hutson 1983)."""
    thrice = _ema(_ema(_ema(np.eye(rows), n), n), n)
    return np.ascontiguousarray(thrice[-1]), np.ascontiguousarray(thrice[-2])


def macd(fast: int, slow: int, signal: int, rows: int) -> tuple[Floats, Floats]:
    """MACD line and its signal (Appel 2005); both averages start on the same row."""
    eye = np.eye(rows)
    line = _ema(eye[slow - fast :], fast) - _ema(eye, slow)
    return np.ascontiguousarray(line[-1]), np.ascontiguousarray(_ema(line, signal)[-1])


def tsi(slow: int, fast: int, rows: int) -> Floats:
    """An average of an average, as the true strength index takes it (Blau 1991)."""
    return np.ascontiguousarray(_ema(_ema(np.eye(rows), slow), fast)[-1])


def accumulation(fast: int, slow: int, rows: int) -> Floats:
    """Chaikin's oscillator of a running sum: both averages are seeded with its first value."""
    running = np.cumsum(np.eye(rows), axis=0)
    quick, lazy = (_smooth(running, 1, 2 / (n + 1))[-1] for n in (fast, slow))
    return np.ascontiguousarray(quick - lazy)


def linear(n: int) -> Floats:
    """Weights 1, 2 … n, normed: the weighted moving average."""
    return np.arange(1.0, n + 1) / (n * (n + 1) / 2)


def triangular(n: int) -> Floats:
    """Weights that rise to the middle and fall again, normed."""
    weights = np.minimum(np.arange(1.0, n + 1), np.arange(n, 0.0, -1))
    return np.asarray(weights / weights.sum())


def linreg_slope(n: int) -> Floats:
    """Slope per row of the least-squares line through n values."""
    time = np.arange(n) - (n - 1) / 2
    return np.asarray(time / (time @ time))


def linreg_end(n: int) -> Floats:
    """Value of the least-squares line at the last of n rows."""
    return 1 / n + linreg_slope(n) * (n - 1) / 2


def decay(ratio: float, rows: int) -> Floats:
    """Weights ratio^k, k rows back, normed to 1 over the window (RiskMetrics 1996)."""
    weights = ratio ** np.arange(rows - 1.0, -1, -1)
    return np.asarray(weights / weights.sum())


def fractional(order: float, rows: int) -> Floats:
    """Weights of the fractional difference (1 - L)^order (López de Prado 2018, chapter 5)."""
    weights = [1.0]
    for k in range(1, rows):
        weights.append(-weights[-1] * (order - k + 1) / k)
    return np.array(weights[::-1])
