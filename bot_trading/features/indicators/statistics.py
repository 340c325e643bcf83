"""Statistics: the shape, the memory and the disorder of recent returns."""

from __future__ import annotations

import math

from bot_trading.features import weights
from bot_trading.features.compiled import inner, reduction
from bot_trading.features.feature import Feature, per_length
from bot_trading.features.series import (
    ABS_RETURN,
    CLOSE,
    FLIP,
    GAIN,
    LOSS,
    ORDER,
    RETURN,
    SQ_RETURN,
    share,
)
from bot_trading.features.sums import NOISE, centred, dot, lagged, total, weighted
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_MOMENTS = (48, 96, 199)
_MEMORY = ((1, 48), (1, 199), (2, 199), (6, 199), (12, 199))
_ABS_MEMORY = ((1, 199), (6, 199))
_RATIOS = (2, 4, 8, 16)
_RESCALED = (199,)
_ORDERS = (48, 198)
_FLIPS = (48, 198)
_REVERSION = (48, 200)
_LAST_RETURNS = 199
_FRACTION = 0.4
_W_FRACTION = weights.fractional(_FRACTION, 200)
_FRACTION_SUM = float(_W_FRACTION.sum())

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
        "mean((c - c[-{n}])²) / ({n} × mean((c - c[-1])²)), all pairs within 200 rows",
        rows=lambda _: 200,
        source="Lo & MacKinlay 1988, with zero mean",
        unit="ratio",
        why="Above 1 moves add up to trends, below 1 they cancel out.",
    ),
    Feature(
        name="hurst",
        formula="half the slope of ln(mean((c - c[-q])²)) on ln(q), q = 1, 2, 4, 8, 16; 200 rows",
        source="Di Matteo, Aste & Dacorogna 2005, generalised exponent of order 2",
        unit="exponent, 0.5 without memory",
        lookback_rows=200,
        why="Above one half trends last, below it moves come back.",
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
        _FLIPS,
        "flip_share_{n}",
        "mean_{n}(r r[-1] < 0)",
        rows=lambda n: n + 2,
        source="Wald & Wolfowitz 1940, runs",
        unit="share",
        why="Fewer turns than chance: moves come in series.",
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


@reduction
def _powers(w: Floats) -> tuple[float, float, float, float]:
    """Sums of the first four powers."""
    s1 = s2 = s3 = s4 = 0.0
    for j in range(w.size):
        square = w[j] * w[j]
        s1 += w[j]
        s2 += square
        s3 += square * w[j]
        s4 += square * square
    return s1, s2, s3, s4


@inner
def _moments(r: Floats, i: int, n: int) -> tuple[float, float]:
    """Skewness and excess kurtosis, from sums of powers."""
    s1, s2, s3, s4 = _powers(r[i + 1 - n : i + 1])
    m1, m2, m3, m4 = s1 / n, s2 / n, s3 / n, s4 / n
    variance = m2 - m1 * m1
    if variance <= NOISE * m2:
        return 0.0, 0.0
    third = m3 - 3 * m1 * m2 + 2 * m1**3
    fourth = m4 - 4 * m1 * m3 + 6 * m1 * m1 * m2 - 3 * m1**4
    return third / (variance * math.sqrt(variance)), fourth / (variance * variance) - 3


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
        low = level if level < low else low
        high = level if level > high else high
    return math.log((high - low) / math.sqrt(variance)) / math.log(n)


@inner
def _order_entropy(order: Floats, i: int, n: int) -> float:
    """Of the counts of six orders, which sit in one exact sum, a byte each."""
    packed = int(total(order, i, n))
    left = 0.0
    for _ in range(6):
        count = packed % 256
        packed //= 256
        if count > 0:
            left -= count / n * math.log(count / n)
    return max(left / math.log(6.0), 0.0)


@inner
def _reversion(s: Floats, i: int, n: int) -> float:
    """Least-squares slope of each change on the level before it.

    With levels x around their mean, 2 sum(x[-1] (x - x[-1])) = x_last² - x_first² - sum(changes²).
    """
    c = s[CLOSE]
    mean, variance = centred(c, i - 1, n - 1, c[i])
    first = c[i + 1 - n] - c[i] - mean
    gain, loss = s[GAIN, i + 2 - n : i + 1], s[LOSS, i + 2 - n : i + 1]
    both = 0.5 * ((mean * mean - first * first) - (dot(gain, gain) + dot(loss, loss)))
    return share(both, variance * (n - 1))


@reduction
def _squares(later: Floats, earlier: Floats) -> float:
    """Sum of the squared moves from each value to its partner."""
    found = 0.0
    for j in range(later.size):
        move = later[j] - earlier[j]
        found += move * move
    return found


@inner
def _structure(s: Floats, i: int, out: Floats, at: int) -> int:
    """Variance ratios, then the exponent, from moves over 1, 2, 4, 8 and 16 rows."""
    path = s[CLOSE, i - _LAST_RETURNS : i + 1]
    slope, spread, single, is_flat = 0.0, 0.0, 0.0, False
    for k in range(5):
        q = 1 << k
        pairs = path.size - q
        square = _squares(path[q:], path[:pairs]) / pairs
        single = square if k == 0 else single
        if k > 0:
            out[at + k - 1] = share(square, q * single)
        # A path that is back after every q rows has no exponent.
        is_flat = is_flat or square <= NOISE * single
        if not is_flat:
            slope += (k - 2) * math.log(square / single)
        spread += (k - 2) ** 2
    out[at + 4] = 0.5 if is_flat else slope / spread / (2 * math.log(2.0))
    return at + 5


@inner
def _memory(s: Floats, i: int, out: Floats, at: int) -> int:
    r = s[RETURN]
    for lag, n in _MEMORY:
        out[at] = share(lagged(r, r, i, n, lag), total(s[SQ_RETURN], i, n))
        at += 1
    for lag, n in _ABS_MEMORY:
        out[at] = _move_memory(s, i, n, lag)
        at += 1
    return at


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    for n in _MOMENTS:
        out[at], out[at + 3] = _moments(s[RETURN], i, n)
        at += 1
    at = _memory(s, i, out, at + 3)
    at = _structure(s, i, out, at)
    for n in _RESCALED:
        out[at] = _rescaled_range(s[RETURN], i, n)
        at += 1
    for n in _ORDERS:
        out[at] = _order_entropy(s[ORDER], i, n)
        at += 1
    for n in _FLIPS:
        out[at] = total(s[FLIP], i, n) / n
        at += 1
    for n in _REVERSION:
        out[at] = _reversion(s, i, n)
        at += 1
    out[at] = weighted(s[CLOSE], i, _W_FRACTION) / s[CLOSE, i] - _FRACTION_SUM
    return at + 1
