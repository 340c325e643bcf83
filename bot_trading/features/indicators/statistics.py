"""Statistics: the shape, the memory and the disorder of recent returns."""

from __future__ import annotations

import math

import numpy as np

from bot_trading.features import weights
from bot_trading.features.compiled import inner
from bot_trading.features.feature import Feature, per_length
from bot_trading.features.series import (
    ABS_RETURN,
    CLOSE,
    DOWN,
    ORDER,
    RETURN,
    SQ_RETURN,
    UP,
    share,
)
from bot_trading.features.sums import centred, lagged, total
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_MOMENTS = (48, 96, 199)
_MEMORY = ((1, 48), (1, 199), (2, 199), (6, 199), (12, 199))
_ABS_MEMORY = ((1, 199), (6, 199))
_RATIOS = (2, 4, 16)
_RESCALED = (96, 199)
_ORDERS = (48, 198)
_ENTROPY = (199,)
_RUNS = (48, 199)
_REVERSION = (48, 200)
_LAST_RETURNS = 199
_STRUCTURE = (1, 2, 4, 8, 16)
_BINS = 8
_FRACTION = 0.4
_W_FRACTION = weights.fractional(_FRACTION, 200)

_TAIL = "Lopsided or fat-tailed returns make stops and targets unequal in chance."
_ECHO = "Returns that echo themselves can be traded; the sign says with or against."

FEATURES = (
    *per_length(
        _MOMENTS,
        "skewness_{n}",
        "third central moment of r over {n} rows / variance^1.5",
        rows=lambda n: n + 1,
        source="Amaya, Christoffersen, Jacobs & Vasquez 2015",
        unit="ratio",
        why=_TAIL,
    ),
    *per_length(
        _MOMENTS,
        "kurtosis_{n}",
        "fourth central moment of r over {n} rows / variance² - 3",
        rows=lambda n: n + 1,
        source="Fisher's excess kurtosis",
        unit="ratio",
        why=_TAIL,
    ),
    *(
        Feature(
            name=f"autocorrelation_{lag}_{n}",
            formula=f"sum(r r[-{lag}]) / sum_{n}(r²), {n} - {lag} pairs, mean taken as 0",
            source="Box & Jenkins 1970",
            unit="-1 to 1",
            lookback_rows=n + 1,
            why=_ECHO,
        )
        for lag, n in _MEMORY
    ),
    *(
        Feature(
            name=f"move_autocorrelation_{lag}_{n}",
            formula=f"autocorrelation of |r| at lag {lag} over {n} rows, around its mean",
            source="Ding, Granger & Engle 1993",
            unit="-1 to 1",
            lookback_rows=n + 1,
            why="How long volatility stays once it came.",
        )
        for lag, n in _ABS_MEMORY
    ),
    *per_length(
        _RATIOS,
        "variance_ratio_{n}",
        "mean((r over {n} rows)²) / ({n} × mean_199(r²)), all overlapping moves in 199 rows",
        rows=lambda _: 200,
        source="Lo & MacKinlay 1988, with zero mean",
        unit="ratio",
        why="Above 1 moves add up to trends, below 1 they cancel out.",
    ),
    *per_length(
        _RESCALED,
        "rescaled_range_{n}",
        "ln(range of the summed r - mean(r) / population standard deviation) / ln({n})",
        rows=lambda n: n + 1,
        source="Hurst 1951, Mandelbrot & Wallis 1969",
        unit="exponent, 0.5 without memory",
        why=_ECHO,
    ),
    Feature(
        name="hurst",
        formula="slope of ln(mean(|r over q rows|)) on ln(q), q = 1, 2, 4, 8, 16, over 199 rows",
        source="Di Matteo, Aste & Dacorogna 2005, first-order generalised exponent",
        unit="exponent, 0.5 without memory",
        lookback_rows=200,
        why="Above one half trends last, below it moves come back.",
    ),
    *per_length(
        _ORDERS,
        "permutation_entropy_{n}",
        "-sum(p ln p) / ln 6 over the orders of three closes in a row, {n} of them",
        rows=lambda n: n + 2,
        source="Bandt & Pompe 2002",
        unit="0 to 1",
        why="Order in the sequence of closes is what can be predicted at all.",
    ),
    *per_length(
        _ENTROPY,
        "return_entropy_{n}",
        "-sum(p ln p) / ln 8 of r in 8 bins half a standard deviation wide, open at the ends",
        rows=lambda n: n + 1,
        source="Shannon 1948",
        unit="0 to 1",
        why="Low while returns are all of one kind, as in a squeeze.",
    ),
    *per_length(
        _RUNS,
        "runs_z_{n}",
        "(runs of rises and falls - expected) / standard deviation, over {n} rows",
        rows=lambda n: n + 1,
        source="Wald & Wolfowitz 1940",
        unit="standard deviations",
        why="Fewer runs than chance: moves come in series.",
    ),
    *per_length(
        _REVERSION,
        "reversion_{n}",
        "slope of c - c[-1] on c[-1] over {n} closes",
        rows=lambda n: n,
        source="Dickey & Fuller 1979; half-life as in Chan 2013",
        unit="per candle",
        why="The pull towards the mean; -0.1 halves a distance in seven candles.",
    ),
    Feature(
        name="fractional_difference",
        formula=f"sum of (1 - L)^{_FRACTION} weights × (c / c now - 1), over 200 rows",
        source="López de Prado 2018, chapter 5",
        unit="share of price",
        lookback_rows=200,
        why="Nearly stationary, yet it remembers the level.",
    ),
)


@inner
def _moments(r: Floats, i: int, n: int) -> tuple[float, float]:
    """Skewness and excess kurtosis."""
    mean, variance = centred(r, i, n, 0.0)
    if variance == 0.0:
        return 0.0, 0.0
    w = r[i + 1 - n : i + 1]
    cubes = fourths = cubes_b = fourths_b = 0.0
    for j in range(0, n - 1, 2):
        a, b = w[j] - mean, w[j + 1] - mean
        aa, bb = a * a, b * b
        cubes += aa * a
        fourths += aa * aa
        cubes_b += bb * b
        fourths_b += bb * bb
    if n % 2:
        a = w[n - 1] - mean
        cubes += a**3
        fourths += a**4
    skewness = (cubes + cubes_b) / n / (variance * math.sqrt(variance))
    return skewness, (fourths + fourths_b) / n / (variance * variance) - 3


@inner
def _move_memory(s: Floats, i: int, n: int, lag: int) -> float:
    """Autocorrelation of |r| around its mean."""
    x = s[ABS_RETURN]
    mean, variance = centred(x, i, n, 0.0)
    pairs = n - lag
    both = lagged(x, x, i, n, lag) + pairs * mean * mean
    both -= mean * (total(x, i, pairs) + total(x, i - lag, pairs))
    return share(both, n * variance)


@inner
def _rescaled_range(r: Floats, i: int, n: int) -> float:
    mean, variance = centred(r, i, n, 0.0)
    if variance == 0.0:
        return 0.5
    level = low = high = 0.0
    for j in range(i + 1 - n, i + 1):
        level += r[j] - mean
        low, high = min(low, level), max(high, level)
    return math.log((high - low) / math.sqrt(variance)) / math.log(n)


@inner
def _entropy(counts: Floats, n: int) -> float:
    """Of counts that add up to n, as a share of the greatest possible."""
    left = 0.0
    for k in range(counts.size):
        if counts[k] > 0.0:
            left -= counts[k] / n * math.log(counts[k] / n)
    return max(left / math.log(counts.size), 0.0)


@inner
def _order_entropy(order: Floats, i: int, n: int) -> float:
    counts = np.zeros(6)
    for j in range(i + 1 - n, i + 1):
        counts[int(order[j])] += 1.0
    return _entropy(counts, n)


@inner
def _return_entropy(r: Floats, i: int, n: int) -> float:
    mean, variance = centred(r, i, n, 0.0)
    per_bin = 2 / math.sqrt(variance) if variance > 0.0 else 0.0
    counts = np.zeros(_BINS)
    for j in range(i + 1 - n, i + 1):
        counts[int(min(max((r[j] - mean) * per_bin + 4.0, 0.0), 7.0))] += 1.0
    return _entropy(counts, n)


@inner
def _runs_z(s: Floats, i: int, n: int) -> float:
    rises, falls = total(s[UP], i, n), total(s[DOWN], i, n)
    moves = rises + falls
    expected = share(2 * rises * falls, moves) + 1
    variance = share((expected - 1) * (expected - 2), moves - 1)
    runs, last = 0.0, 0.0
    for j in range(i + 1 - n, i + 1):
        way = s[UP, j] - s[DOWN, j]
        if way != 0.0 and way != last:
            runs += 1.0
            last = way
    return (runs - expected) / math.sqrt(variance) if variance > 0.0 else 0.0


@inner
def _reversion(c: Floats, i: int, n: int) -> float:
    """Least-squares slope of each change on the level before it."""
    mean, variance = centred(c, i - 1, n - 1, c[i])
    centre = c[i] + mean
    both = 0.0
    for j in range(i + 2 - n, i + 1):
        both += (c[j] - c[j - 1]) * (c[j - 1] - centre)
    return share(both, variance * (n - 1))


@inner
def _structure(s: Floats, i: int, out: Floats, at: int) -> int:
    """Variance ratios, then the generalised exponent, from sums of returns over q rows."""
    n = _LAST_RETURNS
    path = np.empty(n + 1)
    path[0] = 0.0
    for j in range(n):
        path[j + 1] = path[j] + s[RETURN, i + 1 - n + j]
    single = total(s[SQ_RETURN], i, n) / n
    slope = spread = 0.0
    middle = math.log(4.0)
    flat = single == 0.0
    for q in _STRUCTURE:
        absolute = squares = 0.0
        for j in range(n + 1 - q):
            moved = path[j + q] - path[j]
            absolute += abs(moved)
            squares += moved * moved
        if q in _RATIOS:
            out[at] = share(squares / (n + 1 - q), q * single)
            at += 1
        step = math.log(q) - middle
        # A path that is back after every q rows moved by rounding only; it has no exponent.
        flat = flat or squares <= 1e-24 * single
        slope += step * math.log(absolute / (n + 1 - q)) if not flat else 0.0
        spread += step * step
    out[at] = 0.5 if flat else slope / spread
    return at + 1


@inner
def _memory(s: Floats, i: int, out: Floats, at: int) -> int:
    r = s[RETURN]
    for lag, n in _MEMORY:
        out[at] = share(lagged(r, r, i, n, lag), total(s[SQ_RETURN], i, n))
        at += 1
    for lag, n in _ABS_MEMORY:
        out[at] = _move_memory(s, i, n, lag)
        at += 1
    at = _structure_after_memory(s, i, out, at)
    return at


@inner
def _structure_after_memory(s: Floats, i: int, out: Floats, at: int) -> int:
    """Variance ratios, rescaled ranges, exponent: the order of the catalogue."""
    ratios = len(_RATIOS)
    ends = _structure(s, i, out, at)
    exponent = out[ends - 1]
    at += ratios
    for n in _RESCALED:
        out[at] = _rescaled_range(s[RETURN], i, n)
        at += 1
    out[at] = exponent
    return at + 1


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    for n in _MOMENTS:
        out[at], out[at + 3] = _moments(s[RETURN], i, n)
        at += 1
    at = _memory(s, i, out, at + 3)
    for n in _ORDERS:
        out[at] = _order_entropy(s[ORDER], i, n)
        at += 1
    for n in _ENTROPY:
        out[at] = _return_entropy(s[RETURN], i, n)
        at += 1
    for n in _RUNS:
        out[at] = _runs_z(s, i, n)
        at += 1
    for n in _REVERSION:
        out[at] = _reversion(s[CLOSE], i, n)
        at += 1
    c, now = s[CLOSE], s[CLOSE, i]
    difference = 0.0
    for j in range(200):
        difference += _W_FRACTION[j] * (c[i - 199 + j] - now)
    out[at] = difference / now
    return at + 1
