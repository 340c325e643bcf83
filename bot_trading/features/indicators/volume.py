"""Volume and flow: how much was traded, in which direction, and at which prices."""

from __future__ import annotations

import math

from bot_trading.features import weights
from bot_trading.features.compiled import inner
from bot_trading.features.feature import Feature, per_length
from bot_trading.features.series import (
    ABS_RETURN,
    CLOSE,
    LOCATION_VOLUME,
    RETURN,
    RETURN_VOLUME,
    SIGNED_VOLUME,
    SQ_RETURN,
    SQ_VOLUME,
    TRADED,
    TYPICAL_VOLUME,
    VOLUME,
    share,
)
from bot_trading.features.sums import centred, correlation, product, total, weighted
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_RATIOS = (6, 24, 96, 200)
_Z = (24, 200)
_TRENDS = ((6, 48), (24, 200))
_SIGNED = (12, 48, 199)
_MONEY = (20, 96)
_VWAP = (12, 48, 200)
_CROWDED = (24, 96)
_FORCE = (12, 48)
_CORRELATED = (48, 199)
_QUIET = (48,)
_W_ADOSC = weights.accumulation(3, 10, 100)

FEATURES = (
    *per_length(
        _RATIOS,
        "volume_ratio_{n}",
        "v / mean_{n}(v)",
        rows=lambda n: n,
        source="Gervais, Kaniel & Mingelgrin 2001",
        unit="ratio",
        why="Unusual volume draws attention and confirms moves.",
    ),
    *per_length(
        _Z,
        "volume_z_{n}",
        "(v - mean_{n}(v)) / population standard deviation over {n} rows",
        rows=lambda n: n,
        source="standard score",
        unit="standard deviations",
        why="Unusual measured by how unsteady volume is anyway.",
    ),
    *(
        Feature(
            name=f"volume_trend_{short}_{long}",
            formula=f"mean_{short}(v) / mean_{long}(v)",
            source="ratio of means",
            unit="ratio",
            lookback_rows=long,
            why="Interest that grows carries a trend; interest that fades ends it.",
        )
        for short, long in _TRENDS
    ),
    *per_length(
        _SIGNED,
        "signed_volume_{n}",
        "sum_{n}(sign(c - c[-1]) v) / sum_{n}(v)",
        rows=lambda n: n + 1,
        source="Granville 1963, change of TA-Lib OBV",
        unit="-1 to 1",
        why="Order-flow imbalance as far as candles show it.",
    ),
    *per_length(
        _MONEY,
        "money_flow_{n}",
        "sum_{n}((2c - h - l) / (h - l) v) / sum_{n}(v)",
        rows=lambda n: n,
        source="Chaikin, change of TA-Lib AD",
        unit="-1 to 1",
        why="Closing near the high on volume is buying, whatever the candle's colour.",
    ),
    *per_length(
        _VWAP,
        "vwap_gap_{n}",
        "c / (sum_{n}(tp v) / sum_{n}(v)) - 1, tp = (h + l + c) / 3; 0 where nothing was traded",
        rows=lambda n: n,
        source="Berkowitz, Logue & Noser 1988",
        unit="share of price",
        why="Above it recent buyers are in profit; executions are judged against it.",
    ),
    *per_length(
        _CROWDED,
        "volume_concentration_{n}",
        "{n} × sum_{n}(v²) / sum_{n}(v)²",
        rows=lambda n: n,
        source="Herfindahl-Hirschman index",
        unit="1 to {n}",
        why="One block or a steady stream of trades.",
    ),
    *per_length(
        _FORCE,
        "force_{n}",
        "sum_{n}(r v) / (sum_{n}(v) sqrt(mean_{n}(r²)))",
        rows=lambda n: n + 1,
        source="Elder 1993",
        unit="standard deviations",
        why="Return where the volume was: informed moves weigh more.",
    ),
    *per_length(
        _CORRELATED,
        "return_volume_correlation_{n}",
        "correlation of r and v over {n} rows",
        rows=lambda n: n + 1,
        source="Llorente, Michaely, Saar & Wang 2002, TA-Lib CORREL",
        unit="-1 to 1",
        why="Volume on rises is hope, on falls it is fear or selling out.",
    ),
    *per_length(
        _CORRELATED,
        "move_volume_correlation_{n}",
        "correlation of |r| and v over {n} rows",
        rows=lambda n: n + 1,
        source="Karpoff 1987, TA-Lib CORREL",
        unit="-1 to 1",
        why="Low where volume is churned without moving the price.",
    ),
    *per_length(
        _QUIET,
        "traded_share_{n}",
        "mean_{n}(v > 0)",
        rows=lambda n: n,
        source="share of candles",
        unit="share",
        why="Outages and dead hours make every other number less sure.",
    ),
    Feature(
        name="accumulation_3_10",
        formula="(EMA_3 - EMA_10 of the summed (2c-h-l)/(h-l) v, on 100 rows) / mean_100(v)",
        source="Chaikin, TA-Lib ADOSC",
        unit="mean volumes",
        lookback_rows=100,
        why="Momentum of accumulation.",
    ),
)


@inner
def _correlation(x: Floats, xx: float, v: Floats, vv: float, i: int, n: int) -> float:
    return correlation(product(x, v, i, n), total(x, i, n), total(v, i, n), xx, vv, n)


@inner
def _levels(s: Floats, i: int, out: Floats, at: int) -> int:
    v = s[VOLUME]
    for n in _RATIOS:
        out[at] = share(v[i] * n, total(v, i, n))
        at += 1
    for n in _Z:
        mean, variance = centred(v, i, n, 0.0)
        out[at] = share(v[i] - mean, math.sqrt(variance))
        at += 1
    for short, long in _TRENDS:
        out[at] = share(total(v, i, short) * long, total(v, i, long) * short)
        at += 1
    for n in _SIGNED:
        out[at] = share(total(s[SIGNED_VOLUME], i, n), total(v, i, n))
        at += 1
    for n in _MONEY:
        out[at] = share(total(s[LOCATION_VOLUME], i, n), total(v, i, n))
        at += 1
    return at


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    at = _levels(s, i, out, at)
    v = s[VOLUME]
    for n in _VWAP:
        paid = total(s[TYPICAL_VOLUME], i, n)
        out[at] = s[CLOSE, i] * total(v, i, n) / paid - 1 if paid > 0.0 else 0.0
        at += 1
    for n in _CROWDED:
        out[at] = share(n * total(s[SQ_VOLUME], i, n), total(v, i, n) ** 2)
        at += 1
    for n in _FORCE:
        scale = total(v, i, n) * math.sqrt(total(s[SQ_RETURN], i, n) / n)
        out[at] = share(total(s[RETURN_VOLUME], i, n), scale)
        at += 1
    for n in _CORRELATED:
        rr, vv = total(s[SQ_RETURN], i, n), total(s[SQ_VOLUME], i, n)
        out[at] = _correlation(s[RETURN], rr, v, vv, i, n)
        out[at + 2] = _correlation(s[ABS_RETURN], rr, v, vv, i, n)
        at += 1
    at += 2
    for n in _QUIET:
        out[at] = total(s[TRADED], i, n) / n
        at += 1
    out[at] = share(weighted(s[LOCATION_VOLUME], i, _W_ADOSC) * 100, total(v, i, 100))
    return at + 1
