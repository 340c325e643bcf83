"""Oscillators: has the last move gone too far for its own recent scale?"""

from __future__ import annotations

import math

from bot_trading.features import weights
from bot_trading.features.compiled import inner
from bot_trading.features.feature import Feature, per_length
from bot_trading.features.series import (
    CLOSE,
    FLOW_IN,
    FLOW_OUT,
    GAIN,
    HIGH,
    LOSS,
    LOW,
    PRESSURE,
    TRUE_RANGE,
    TYPICAL,
    share,
)
from bot_trading.features.sums import centred, highest, lowest, total, weighted
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_RSI = ((7, 100), (14, 200), (28, 200), (48, 200))
_STOCHASTIC = (14, 56)
_STOCHASTIC_D = (0, 1, 2)
_STOCHRSI, _STOCHRSI_ROWS = 14, 100
_CCI = (14, 50)
_MFI = (14, 56)
_ULTIMATE = ((7, 4.0), (14, 2.0), (28, 1.0))
_Z = (20, 50, 100, 200)
_BANDS = (20, 100)
_CMO = (12, 48)

_W_RSI_7, _W_RSI_14, _W_RSI_28, _W_RSI_48 = (weights.wilder(n, rows - 1) for n, rows in _RSI)
_W_ATR_10 = weights.wilder(10, 159)
_W_EMA_20 = weights.ema(20, 160)
_W_TSI = weights.tsi(25, 13, 199)

_TURN = "Extremes tend to revert in a range and to persist in a trend."

FEATURES = (
    *(
        Feature(
            name=f"rsi_{n}",
            formula=f"100 × gains / (gains + losses), Wilder's averages of {n} on {rows} rows",
            source="Wilder 1978, TA-Lib RSI; 50 where nothing moved",
            unit="0 to 100",
            lookback_rows=rows,
            why=_TURN,
        )
        for n, rows in _RSI
    ),
    *per_length(
        _STOCHASTIC,
        "stochastic_{n}",
        "100 × (c - lowest l) / (highest h - lowest l) over {n} rows",
        rows=lambda n: n,
        source="Lane 1984, TA-Lib STOCHF; 50 where there is no range",
        unit="0 to 100",
        why="Where in its range the price closed; at the edge it breaks or turns.",
    ),
    Feature(
        name="stochastic_14_mean_3",
        formula="mean_3(stochastic_14)",
        source="Lane 1984, TA-Lib STOCHF",
        unit="0 to 100",
        lookback_rows=16,
        why=_TURN,
    ),
    Feature(
        name="stochrsi_14",
        formula=f"100 × place of rsi_14 in its last 14 values, one run over {_STOCHRSI_ROWS} rows",
        source="Chande & Kroll 1994, TA-Lib STOCHRSI; 50 where it did not move",
        unit="0 to 100",
        lookback_rows=_STOCHRSI_ROWS,
        why="Momentum against its own recent range: earlier than the RSI.",
    ),
    *per_length(
        _CCI,
        "cci_{n}",
        "(tp - mean_{n}(tp)) / (0.015 × mean_{n}(|tp - mean_{n}(tp)|)), tp = (h + l + c) / 3",
        rows=lambda n: n,
        source="Lambert 1980, TA-Lib CCI",
        unit="about -300 to 300",
        why=_TURN,
    ),
    *per_length(
        _MFI,
        "mfi_{n}",
        "100 × in / (in + out) over {n} rows: tp v by the sign of the move of tp = (h + l + c) / 3",
        rows=lambda n: n + 1,
        source="Quong & Soudack 1989, TA-Lib MFI; 50 where nothing flowed",
        unit="0 to 100",
        why="An RSI in which candles count by the money that moved them.",
    ),
    Feature(
        name="ultimate",
        formula="100 × (4 a_7 + 2 a_14 + a_28) / 7, a_n = sum_n(c - min(l, c[-1])) / sum_n(range)",
        source="Williams 1985, TA-Lib ULTOSC; 50 where there is no range",
        unit="0 to 100",
        lookback_rows=29,
        why="Three lengths at once give fewer false extremes.",
    ),
    *per_length(
        _Z,
        "price_z_{n}",
        "(c - mean_{n}(c)) / population standard deviation over {n} rows",
        rows=lambda n: n,
        source="Bollinger 2001, TA-Lib STDDEV",
        unit="standard deviations",
        why="The bands' position: the yardstick of mean-reversion traders.",
    ),
    *per_length(
        _BANDS,
        "band_width_{n}",
        "4 × population standard deviation of c over {n} rows / mean_{n}(c)",
        rows=lambda n: n,
        source="Bollinger 2001, TA-Lib BBANDS",
        unit="share of price",
        why="Narrow bands come before large moves.",
    ),
    Feature(
        name="keltner_20",
        formula="(c - EMA_20(c)) / ATR_10, both restarted on 160 rows",
        source="Keltner 1960, in Raschke's form; TA-Lib EMA, ATR",
        unit="average true ranges",
        lookback_rows=160,
        why="The same stretch in ranges; apart from price_z it tells squeezes.",
    ),
    Feature(
        name="tsi_25_13",
        formula="EMA_13(EMA_25(c - c[-1])) / EMA_13(EMA_25(|c - c[-1]|)), on 200 rows",
        source="Blau 1991",
        unit="-1 to 1",
        lookback_rows=200,
        why="Momentum smoothed twice: slow, but it rarely lies.",
    ),
    *per_length(
        _CMO,
        "cmo_{n}",
        "sum_{n}(c - c[-1]) / sum_{n}(|c - c[-1]|)",
        rows=lambda n: n + 1,
        source="Chande & Kroll 1994, TA-Lib CMO on its first value",
        unit="-1 to 1",
        why="Momentum without memory beyond its window.",
    ),
)


@inner
def _place(value: float, low: float, high: float) -> float:
    """100 × the place of a value between low and high; 50 where they are one."""
    return 100 * (value - low) / (high - low) if high > low else 50.0


@inner
def _balance(gain: float, loss: float) -> float:
    """100 × gain's share; 50 where both are 0."""
    both = gain + loss
    return 100 * gain / both if both > 0.0 else 50.0


@inner
def _stochrsi(s: Floats, i: int) -> float:
    n, gain, loss = _STOCHRSI, 0.0, 0.0
    keep, part = 1 - 1 / n, 1 / n
    first = i + 2 - _STOCHRSI_ROWS
    low, high, last = 100.0, 0.0, 50.0
    for row in range(first, i + 1):
        fade = 1.0 if row < first + n else keep
        gain = gain * fade + part * s[GAIN, row]
        loss = loss * fade + part * s[LOSS, row]
        if row > i - n:
            last = _balance(gain, loss)
            low, high = min(low, last), max(high, last)
    return _place(last, low, high)


@inner
def _cci(s: Floats, i: int, n: int) -> float:
    now = s[TYPICAL, i]
    w = s[TYPICAL, i + 1 - n : i + 1]
    mean = 0.0
    for j in range(n):
        mean += w[j] - now
    mean /= n
    away = 0.0
    for j in range(n):
        away += abs(w[j] - now - mean)
    return share(-mean, 0.015 * away / n)


@inner
def _rsi(s: Floats, i: int, out: Floats, at: int) -> int:
    gain, loss = s[GAIN], s[LOSS]
    out[at] = _balance(weighted(gain, i, _W_RSI_7), weighted(loss, i, _W_RSI_7))
    out[at + 1] = _balance(weighted(gain, i, _W_RSI_14), weighted(loss, i, _W_RSI_14))
    out[at + 2] = _balance(weighted(gain, i, _W_RSI_28), weighted(loss, i, _W_RSI_28))
    out[at + 3] = _balance(weighted(gain, i, _W_RSI_48), weighted(loss, i, _W_RSI_48))
    return at + 4


@inner
def _bands(s: Floats, i: int, out: Floats, at: int) -> int:
    c = s[CLOSE]
    for n in _Z:
        mean, variance = centred(c, i, n, c[i])
        out[at] = share(-mean, math.sqrt(variance))
        at += 1
    for n in _BANDS:
        mean, variance = centred(c, i, n, c[i])
        out[at] = 4 * math.sqrt(variance) / (c[i] + mean)
        at += 1
    out[at] = share(c[i] - weighted(c, i, _W_EMA_20), weighted(s[TRUE_RANGE], i, _W_ATR_10))
    gain, loss = weighted(s[GAIN], i, _W_TSI), weighted(s[LOSS], i, _W_TSI)
    out[at + 1] = share(gain - loss, gain + loss)
    return at + 2


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    at = _rsi(s, i, out, at)
    for n in _STOCHASTIC:
        out[at] = _place(s[CLOSE, i], lowest(s[LOW], i, n), highest(s[HIGH], i, n))
        at += 1
    out[at] = 0.0
    n = _STOCHASTIC[0]
    for back in _STOCHASTIC_D:
        j = i - back
        out[at] += _place(s[CLOSE, j], lowest(s[LOW], j, n), highest(s[HIGH], j, n)) / 3
    out[at + 1] = _stochrsi(s, i)
    at += 2
    for n in _CCI:
        out[at] = _cci(s, i, n)
        at += 1
    for n in _MFI:
        out[at] = _balance(total(s[FLOW_IN], i, n), total(s[FLOW_OUT], i, n))
        at += 1
    out[at] = 50.0
    if highest(s[TRUE_RANGE], i, 28) > 0.0:
        out[at] = 0.0
        for n, weight in _ULTIMATE:
            ranges = total(s[TRUE_RANGE], i, n)
            out[at] += 100 / 7 * weight * share(total(s[PRESSURE], i, n), ranges)
    at = _bands(s, i, out, at + 1)
    for n in _CMO:
        gain, loss = total(s[GAIN], i, n), total(s[LOSS], i, n)
        out[at] = share(gain - loss, gain + loss)
        at += 1
    return at
