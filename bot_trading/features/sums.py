"""Sums over the last n rows of a series: what nearly every feature is made of.

Each sum is taken afresh from its window, in a fixed order, and never carried from candle to candle:
no rounding error can build up, and a window tells the same number whatever came before it. Several
running sums keep the processor busy where fast-math may not reorder.
"""

from __future__ import annotations

import math

from bot_trading.features.compiled import inner
from bot_trading.features.window import Floats

__all__ = [
    "centred",
    "correlation",
    "dot",
    "highest",
    "lagged",
    "lowest",
    "product",
    "rank",
    "total",
    "weighted",
]

_NOISE = 1e-24  # A variance below this share of the squared mean is rounding, not spread.


@inner
def total(x: Floats, i: int, n: int) -> float:
    """Sum of the last n values of x."""
    w = x[i + 1 - n : i + 1]
    a = b = c = d = e = f = g = h = 0.0
    whole = n - n % 8
    for j in range(0, whole, 8):
        a += w[j]
        b += w[j + 1]
        c += w[j + 2]
        d += w[j + 3]
        e += w[j + 4]
        f += w[j + 5]
        g += w[j + 6]
        h += w[j + 7]
    for j in range(whole, n):
        a += w[j]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@inner
def dot(x: Floats, y: Floats) -> float:
    """Sum of products of two arrays of one length."""
    n = x.size
    a = b = c = d = e = f = g = h = 0.0
    whole = n - n % 8
    for j in range(0, whole, 8):
        a += x[j] * y[j]
        b += x[j + 1] * y[j + 1]
        c += x[j + 2] * y[j + 2]
        d += x[j + 3] * y[j + 3]
        e += x[j + 4] * y[j + 4]
        f += x[j + 5] * y[j + 5]
        g += x[j + 6] * y[j + 6]
        h += x[j + 7] * y[j + 7]
    for j in range(whole, n):
        a += x[j] * y[j]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@inner
def weighted(x: Floats, i: int, weights: Floats) -> float:
    """Series x under weights, oldest first; as many rows as there are weights."""
    return dot(x[i + 1 - weights.size : i + 1], weights)


@inner
def product(x: Floats, y: Floats, i: int, n: int) -> float:
    """Sum over the last n rows of x times y."""
    return dot(x[i + 1 - n : i + 1], y[i + 1 - n : i + 1])


@inner
def lagged(x: Floats, y: Floats, i: int, n: int, lag: int) -> float:
    """Sum of x times y `lag` rows earlier, over the n - lag pairs in n rows."""
    pairs = n - lag
    return dot(x[i + 1 - pairs : i + 1], y[i + 1 - n : i + 1 - lag])


@inner
def centred(x: Floats, i: int, n: int, around: float) -> tuple[float, float]:
    """Mean and population variance of the last n values of x.

    Values are taken relative to `around` (the last close for prices, 0 for returns), so that equal
    values have a variance of exactly 0 and prices lose no digits.
    """
    w = x[i + 1 - n : i + 1]
    a = b = c = d = 0.0
    whole = n - n % 4
    for j in range(0, whole, 4):
        a += w[j] - around
        b += w[j + 1] - around
        c += w[j + 2] - around
        d += w[j + 3] - around
    for j in range(whole, n):
        a += w[j] - around
    mean = ((a + b) + (c + d)) / n
    centre = around + mean
    a = b = c = d = 0.0
    for j in range(0, whole, 4):
        a += (w[j] - centre) ** 2
        b += (w[j + 1] - centre) ** 2
        c += (w[j + 2] - centre) ** 2
        d += (w[j + 3] - centre) ** 2
    for j in range(whole, n):
        a += (w[j] - centre) ** 2
    variance = ((a + b) + (c + d)) / n
    return mean, (variance if variance > _NOISE * centre**2 else 0.0)


@inner
def correlation(xy: float, x: float, y: float, xx: float, yy: float, n: int) -> float:
    """Pearson's correlation from sums; 0 where one of the two does not vary."""
    var_x, var_y = xx - x * x / n, yy - y * y / n
    if var_x <= 1e-12 * xx or var_y <= 1e-12 * yy:
        return 0.0
    return max(-1.0, min(1.0, (xy - x * y / n) / math.sqrt(var_x * var_y)))


@inner
def highest(x: Floats, i: int, n: int) -> float:
    """The greatest of the last n values of x."""
    w = x[i + 1 - n : i + 1]
    a = b = w[0]
    for j in range(1, n - 1, 2):
        a = max(a, w[j])
        b = max(b, w[j + 1])
    return float(max(max(a, b), w[n - 1]))


@inner
def lowest(x: Floats, i: int, n: int) -> float:
    """The least of the last n values of x."""
    w = x[i + 1 - n : i + 1]
    a = b = w[0]
    for j in range(1, n - 1, 2):
        a = min(a, w[j])
        b = min(b, w[j + 1])
    return float(min(min(a, b), w[n - 1]))


@inner
def rank(x: Floats, i: int, n: int) -> float:
    """Share of the n - 1 earlier values below the last one; an equal one counts half."""
    w = x[i + 1 - n : i]
    last = x[i]
    points = 0
    for j in range(n - 1):
        points += (1 if w[j] < last else 0) + (1 if w[j] <= last else 0)
    return 0.5 * points / (n - 1)
