"""Microstructure proxies: what trading costs and how deep the book is, as far as candles show."""

from __future__ import annotations

import math

from bot_trading.features.compiled import inner
from bot_trading.features.feature import per_length
from bot_trading.features.series import (
    ABDI_RANALDO,
    CORWIN_SCHULTZ,
    ILLIQUIDITY,
    IMPACT,
    RETURN,
    SQ_RETURN,
    STILL,
    TRADED,
    share,
)
from bot_trading.features.sums import correlation, dot, lagged, product, total
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_AMIHUD = (12, 48)
_LONG = (199,)
_ROLL = (48, 199)
_SPREADS = (24, 199)
_IMPACT = (48, 199)
_STILL = (48, 199)

_COST = "Wide spreads eat small edges and widen before trouble."

FEATURES = (
    *per_length(
        _AMIHUD,
        "illiquidity_{n}",
        "mean_{n}(|r| / (c v)) / mean_199(|r| / (c v)), over candles with trades",
        rows=lambda _: 200,
        source="Amihud 2002, against its own past",
        unit="ratio",
        why="Money moves the price further than it used to: the book is thin.",
    ),
    *per_length(
        _ROLL,
        "roll_spread_{n}",
        "2 sqrt(max(-covariance of r and r[-1], 0)) over {n} rows",
        rows=lambda n: n + 1,
        source="Roll 1984",
        unit="log price",
        why=_COST,
    ),
    *per_length(
        _SPREADS,
        "corwin_schultz_{n}",
        "mean_{n}(2 (e^a - 1) / (1 + e^a)) of two candles' ranges, negative values as 0",
        rows=lambda n: n + 1,
        source="Corwin & Schultz 2012",
        unit="share of price",
        why=_COST,
    ),
    *per_length(
        _SPREADS,
        "abdi_ranaldo_{n}",
        "sqrt(max(4 mean_{n}((ln c[-1] - m[-1]) (ln c[-1] - m)), 0)), m = (ln h + ln l) / 2",
        rows=lambda n: n + 1,
        source="Abdi & Ranaldo 2017",
        unit="share of price",
        why=_COST,
    ),
    *per_length(
        _IMPACT,
        "impact_{n}",
        "correlation of r and sign(r) sqrt(c v) over {n} rows",
        rows=lambda n: n + 1,
        source="Hasbrouck 2009, after Kyle 1985",
        unit="-1 to 1",
        why="High when flow moves the price; low when the price moves without money.",
    ),
    *per_length(
        _STILL,
        "zero_return_share_{n}",
        "mean_{n}(c = c[-1])",
        rows=lambda n: n + 1,
        source="Lesmond, Ogden & Trzcinka 1999",
        unit="share",
        why="Prices that stand still are not worth trading for informed people.",
    ),
)


@inner
def _illiquidity(s: Floats, i: int, n: int) -> float:
    return share(total(s[ILLIQUIDITY], i, n), total(s[TRADED], i, n))


@inner
def _roll(r: Floats, i: int, n: int) -> float:
    pairs = n - 1
    sums = total(r, i, pairs) * total(r, i - 1, pairs)
    covariance = (lagged(r, r, i, n, 1) - sums / pairs) / pairs
    return 2 * math.sqrt(max(-covariance, 0.0))


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    for long in _LONG:
        usual = _illiquidity(s, i, long)
        for n in _AMIHUD:
            out[at] = share(_illiquidity(s, i, n), usual)
            at += 1
    for n in _ROLL:
        out[at] = _roll(s[RETURN], i, n)
        at += 1
    for n in _SPREADS:
        out[at] = total(s[CORWIN_SCHULTZ], i, n) / n
        out[at + 2] = math.sqrt(max(total(s[ABDI_RANALDO], i, n) / n, 0.0))
        at += 1
    at += 2
    for n in _IMPACT:
        r, flow = s[RETURN], s[IMPACT]
        w = flow[i + 1 - n : i + 1]
        rr, xy = total(s[SQ_RETURN], i, n), product(r, flow, i, n)
        out[at] = correlation(xy, total(r, i, n), total(flow, i, n), rr, dot(w, w), n)
        at += 1
    for n in _STILL:
        out[at] = total(s[STILL], i, n) / n
        at += 1
    return at
