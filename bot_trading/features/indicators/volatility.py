"""Volatility: how much the price moves, by several estimators and at several lengths."""

from __future__ import annotations

import math

from bot_trading.features import weights
from bot_trading.features.compiled import inner
from bot_trading.features.feature import Feature, per_length
from bot_trading.features.series import (
    ABS_RETURN,
    CLOSE,
    DOWN_SQ,
    GARMAN_KLASS,
    INTRADAY,
    OVERNIGHT,
    RANGE,
    RETURN,
    ROGERS_SATCHELL,
    SQ_RANGE,
    SQ_RETURN,
    TRUE_RANGE,
    share,
)
from bot_trading.features.sums import centred, highest, lagged, total, weighted
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_CLOSES = (6, 12, 24, 48, 96, 199)
_RANGES = (12, 48, 199)
_DOWN = (24, 96, 199)
_JUMPS = (48, 199)
_PEAKS = (24, 96)
_ULCERS = (48, 200)
_EXPANSIONS = (12, 48)
_RESTLESS = (48, 199)
_PARKINSON = 1 / (4 * math.log(2))
_MU1 = math.pi / 2
_ATR_7, _ATR_14, _ATR_56 = (
    weights.wilder(n, rows - 1) for n, rows in ((7, 100), (14, 200), (56, 200))
)
_EWMA_FAST, _EWMA_SLOW = weights.decay(0.94, 199), weights.decay(0.97, 199)

_LEVEL = "Volatility clusters: it scales every target and stop, and tells the regime."
_TERM = "Rising short-term volatility against its own past announces breakouts and panics."

FEATURES = (
    *per_length(
        _CLOSES,
        "close_volatility_{n}",
        "standard deviation of r over {n} rows, n - 1 in the denominator",
        rows=lambda n: n + 1,
        source="close-to-close estimator",
        unit="log return per candle",
        why=_LEVEL,
    ),
    *per_length(
        _RANGES,
        "parkinson_{n}",
        "sqrt(mean_{n}(ln(h / l)²) / (4 ln 2))",
        rows=lambda n: n,
        source="Parkinson 1980",
        unit="log return per candle",
        why="Uses the range: about five times as efficient as closes.",
    ),
    *per_length(
        _RANGES,
        "garman_klass_{n}",
        "sqrt(max(mean_{n}(ln(h / l)² / 2 - (2 ln 2 - 1) ln(c / o)²), 0))",
        rows=lambda n: n,
        source="Garman & Klass 1980",
        unit="log return per candle",
        why="Range and body together; against Parkinson it tells whether moves were kept.",
    ),
    *per_length(
        _RANGES,
        "rogers_satchell_{n}",
        "sqrt(max(mean_{n}(ln(h/o) ln(h/c) + ln(l/o) ln(l/c)), 0))",
        rows=lambda n: n,
        source="Rogers & Satchell 1991",
        unit="log return per candle",
        why="Not misled by a trend: what is left is noise.",
    ),
    *per_length(
        _RANGES,
        "yang_zhang_{n}",
        "sqrt(var(ln(o/c[-1])) + k var(ln(c/o)) + (1-k) rs), k = 0.34 / (1.34 + ({n}+1)/({n}-1))",
        rows=lambda n: n + 1,
        source="Yang & Zhang 2000",
        unit="log return per candle",
        why="Takes gaps between candles in; they are rare on perpetuals and tell of outages.",
    ),
    *(
        Feature(
            name=f"atr_{n}",
            formula=f"Wilder's average of the true range, n = {n}, restarted on {rows} rows, / c",
            source="Wilder 1978",
            unit="share of price",
            lookback_rows=rows,
            why="The stop and target policy is stated in it.",
        )
        for n, rows in ((7, 100), (14, 200), (56, 200))
    ),
    *(
        Feature(
            name=f"volatility_ratio_{short}_{long}",
            formula=f"close_volatility_{short} / close_volatility_{long}",
            source="term structure of volatility",
            unit="ratio",
            lookback_rows=long + 1,
            why=_TERM,
        )
        for short, long in ((6, 48), (12, 96), (24, 199))
    ),
    *per_length(
        _PEAKS,
        "range_to_close_{n}",
        "sqrt(mean_{n}(ln(h / l)²) / (4 ln 2)) / sqrt(mean_{n}(r²))",
        rows=lambda n: n + 1,
        source="Alizadeh, Brandt & Diebold 2002",
        unit="ratio",
        why="Wide ranges with still closes are bounce; above 1 the market swings back.",
    ),
    *per_length(
        _DOWN,
        "down_variance_share_{n}",
        "sum_{n}(r² where r < 0) / sum_{n}(r²)",
        rows=lambda n: n + 1,
        source="Barndorff-Nielsen, Kinnebrock & Shephard 2010, realised semivariance",
        unit="share",
        why="Bad volatility lasts and is paid for; good volatility fades.",
    ),
    *per_length(
        _JUMPS,
        "bipower_share_{n}",
        "(pi / 2) sum(|r| |r[-1]|) / sum_{n}(r²), {n} - 1 pairs",
        rows=lambda n: n + 1,
        source="Barndorff-Nielsen & Shephard 2004",
        unit="ratio",
        why="Low where single jumps made the variance; jumps revert unlike diffusion.",
    ),
    *(
        Feature(
            name=f"ewma_volatility_{int(ratio * 100)}",
            formula=f"sqrt(sum of r² with weights {ratio}^k, normed over 199 rows)",
            source="RiskMetrics 1996",
            unit="log return per candle",
            lookback_rows=200,
            why="Reacts to a shock at once and forgets it smoothly.",
        )
        for ratio in (0.94, 0.97)
    ),
    *per_length(
        _PEAKS,
        "peak_return_{n}",
        "max_{n}(|r|) / sqrt(mean_{n}(r²))",
        rows=lambda n: n + 1,
        source="extreme-value ratio",
        unit="standard deviations",
        why="One liquidation candle or many small moves: what follows differs.",
    ),
    *per_length(
        _ULCERS,
        "ulcer_{n}",
        "sqrt(mean_{n}((c / highest close so far in the window - 1)²))",
        rows=lambda n: n,
        source="Martin & McCann 1989",
        unit="share of price",
        why="Depth and length of the pain of those who are long; they sell into recoveries.",
    ),
    *per_length(
        _EXPANSIONS,
        "range_expansion_{n}",
        "ln(h / l) / mean_{n}(ln(h / l))",
        rows=lambda n: n,
        source="Crabel 1990",
        unit="ratio",
        why="A wide candle after narrow ones starts something.",
    ),
    *per_length(
        _RESTLESS,
        "volatility_of_volatility_{n}",
        "population standard deviation of |r| over {n} rows / mean_{n}(|r|)",
        rows=lambda n: n + 1,
        source="coefficient of variation",
        unit="ratio",
        why="Unsteady volatility makes fixed stops wrong in both directions.",
    ),
)


@inner
def close_volatility(x: Floats, i: int, n: int) -> float:
    """Sample standard deviation of the last n values of a return series."""
    return math.sqrt(centred(x, i, n, 0.0)[1] * n / (n - 1))


@inner
def _root_mean(x: Floats, i: int, n: int) -> float:
    return math.sqrt(max(total(x, i, n) / n, 0.0))


@inner
def _yang_zhang(s: Floats, i: int, n: int) -> float:
    share_open = 0.34 / (1.34 + (n + 1) / (n - 1))
    overnight = centred(s[OVERNIGHT], i, n, 0.0)[1] * n / (n - 1)
    intraday = centred(s[INTRADAY], i, n, 0.0)[1] * n / (n - 1)
    noise = total(s[ROGERS_SATCHELL], i, n) / n
    return math.sqrt(max(overnight + share_open * intraday + (1 - share_open) * noise, 0.0))


@inner
def _ulcer(s: Floats, i: int, n: int) -> float:
    x = s[CLOSE, i + 1 - n : i + 1]
    top = x[0]
    squares = 0.0
    for j in range(n):
        top = max(top, x[j])
        squares += (x[j] / top - 1) ** 2
    return math.sqrt(squares / n)


@inner
def _estimators(s: Floats, i: int, out: Floats, at: int) -> int:
    for n in _CLOSES:
        out[at] = close_volatility(s[RETURN], i, n)
        at += 1
    for n in _RANGES:
        out[at] = _root_mean(s[SQ_RANGE], i, n) * math.sqrt(_PARKINSON)
        out[at + 3] = _root_mean(s[GARMAN_KLASS], i, n)
        out[at + 6] = _root_mean(s[ROGERS_SATCHELL], i, n)
        out[at + 9] = _yang_zhang(s, i, n)
        at += 1
    at += 9
    c = s[CLOSE, i]
    out[at] = weighted(s[TRUE_RANGE], i, _ATR_7) / c
    out[at + 1] = weighted(s[TRUE_RANGE], i, _ATR_14) / c
    out[at + 2] = weighted(s[TRUE_RANGE], i, _ATR_56) / c
    return at + 3


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    first = at
    at = _estimators(s, i, out, at)
    for j in range(3):  # 6 over 48, 12 over 96, 24 over 199: three places apart.
        out[at] = share(out[first + j], out[first + j + 3])
        at += 1
    for n in _PEAKS:
        ranges = _root_mean(s[SQ_RANGE], i, n) * math.sqrt(_PARKINSON)
        out[at] = share(ranges, _root_mean(s[SQ_RETURN], i, n))
        at += 1
    for n in _DOWN:
        out[at] = share(total(s[DOWN_SQ], i, n), total(s[SQ_RETURN], i, n))
        at += 1
    for n in _JUMPS:
        pairs = lagged(s[ABS_RETURN], s[ABS_RETURN], i, n, 1)
        out[at] = _MU1 * share(pairs, total(s[SQ_RETURN], i, n))
        at += 1
    out[at] = math.sqrt(weighted(s[SQ_RETURN], i, _EWMA_FAST))
    out[at + 1] = math.sqrt(weighted(s[SQ_RETURN], i, _EWMA_SLOW))
    at += 2
    for n in _PEAKS:
        out[at] = share(highest(s[ABS_RETURN], i, n), _root_mean(s[SQ_RETURN], i, n))
        at += 1
    for n in _ULCERS:
        out[at] = _ulcer(s, i, n)
        at += 1
    for n in _EXPANSIONS:
        out[at] = share(s[RANGE, i] * n, total(s[RANGE], i, n))
        at += 1
    for n in _RESTLESS:
        mean, variance = centred(s[ABS_RETURN], i, n, 0.0)
        out[at] = share(math.sqrt(variance), mean)
        at += 1
    return at
