"""Sums over the last n rows of a series: what nearly every feature is made of.

Each sum is taken afresh from its window and never carried from candle to candle:
no rounding error can build up, and a window tells the same number whatever came before it. Loops
run over slices from 0 on, which is what lets the compiler take several terms at once.
"""

from __future__ import annotations

import math

from bot_trading.features.compiled import inner, reduction
from bot_trading.features.window import Floats

__all__ = [
    "NOISE",
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

NOISE = 1e-13  # A variance below this share of the squares is rounding, not spread.


@reduction
def total(x: Floats, i: int, n: int) -> float:
    """Sum of the last n values of x."""
    w = x[i + 1 - n : i + 1]
    found = 0.0
    for j in range(n):
        found += w[j]
    return found


@reduction
def dot(x: Floats, y: Floats) -> float:
    """Sum of products of two arrays of one length."""
    found = 0.0
    for j in range(x.size):
        found += x[j] * y[j]
    return found


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


@reduction
def centred(x: Floats, i: int, n: int, around: float) -> tuple[float, float]:
    """Mean and population variance of the last n values of x, minus `around`.

    `around` is the last close for prices and 0 for returns, so that equal values have a variance of
    exactly 0 and prices lose no digits.
    """
    w = x[i + 1 - n : i + 1]
    first = second = 0.0
    for j in range(n):
        away = w[j] - around
        first += away
        second += away * away
    mean, square = first / n, second / n
    variance = square - mean * mean
    return mean, (variance if variance > NOISE * square else 0.0)


@inner
def correlation(xy: float, x: float, y: float, xx: float, yy: float, n: int) -> float:
    """Pearson's correlation from sums; 0 where one of the two does not vary."""
    var_x, var_y = xx - x * x / n, yy - y * y / n
    if var_x <= NOISE * xx or var_y <= NOISE * yy:
        return 0.0
    return max(-1.0, min(1.0, (xy - x * y / n) / math.sqrt(var_x * var_y)))


@inner
def highest(x: Floats, i: int, n: int) -> float:
    """The greatest of the last n values of x."""
    w = x[i + 1 - n : i + 1]
    a = b = c = d = w[0]
    whole = n - n % 4
    for j in range(0, whole, 4):
        a = w[j] if w[j] > a else a
        b = w[j + 1] if w[j + 1] > b else b
        c = w[j + 2] if w[j + 2] > c else c
        d = w[j + 3] if w[j + 3] > d else d
    for j in range(whole, n):
        a = w[j] if w[j] > a else a
    a = b if b > a else a
    c = d if d > c else c
    return float(c if c > a else a)


@inner
def lowest(x: Floats, i: int, n: int) -> float:
    """The least of the last n values of x."""
    w = x[i + 1 - n : i + 1]
    a = b = c = d = w[0]
    whole = n - n % 4
    for j in range(0, whole, 4):
        a = w[j] if w[j] < a else a
        b = w[j + 1] if w[j + 1] < b else b
        c = w[j + 2] if w[j + 2] < c else c
        d = w[j + 3] if w[j + 3] < d else d
    for j in range(whole, n):
        a = w[j] if w[j] < a else a
    a = b if b < a else a
    c = d if d < c else c
    return float(c if c < a else a)


@inner
def rank(x: Floats, i: int, n: int) -> float:
    """Share of the n - 1 earlier values below the last one; an equal one counts half.

    Values of one sign whose ninth digit is the first to differ are equal: a move up a tick and the
    move back down are the same size but for rounding.
    """
    w = x[i + 1 - n : i]
    below, above = x[i] * (1 - 1e-9), x[i] * (1 + 1e-9)
    points = 0
    for j in range(n - 1):
        points += (1 if w[j] < below else 0) + (1 if w[j] <= above else 0)
    return 0.5 * points / (n - 1)
