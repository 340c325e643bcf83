"""Trend: where the price stands against its averages, and how orderly it got there."""

from __future__ import annotations

import math

from bot_trading.features import weights
from bot_trading.features.compiled import inner
from bot_trading.features.feature import Feature, per_length
from bot_trading.features.series import (
    ABS_RETURN,
    CLOSE,
    HIGH,
    LOW,
    MINUS_DM,
    PLUS_DM,
    TRUE_RANGE,
    VORTEX_MINUS,
    VORTEX_PLUS,
    share,
)
from bot_trading.features.sums import centred, highest, lowest, total, weighted
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_SMA = (10, 20, 50, 100, 200)
_EMA = ((5, 40), (13, 104), (34, 200), (89, 200))
_SLOPES = (20, 50, 100, 200)
_LINES = (20, 100)
_DMI = ((14, 120),)
_AROON = (25, 100)
_SAR_ROWS = 60
_KAMA, _KAMA_ROWS = 10, 60
_MIDS = (9, 26, 52)
_VORTEX = (14, 28)
_EFFICIENT = (10, 50)
_CHOPPY = (14, 50)

_W_EMA_5, _W_EMA_13, _W_EMA_34, _W_EMA_89 = (weights.ema(n, rows) for n, rows in _EMA)
_W_WMA = weights.linear(30)
_W_TRIMA = weights.triangular(30)
_W_DEMA = weights.dema(20, 160)
_W_TEMA = weights.tema(20, 160)
_W_MACD, _W_SIGNAL = weights.macd(12, 26, 9, 200)
_W_TRIX, _W_TRIX_BEFORE = weights.trix(15, 160)
_W_SLOPE_20, _W_SLOPE_50, _W_SLOPE_100, _W_SLOPE_200 = (weights.linreg_slope(n) for n in _SLOPES)
_W_LINE_20, _W_LINE_100 = (weights.linreg_end(n) for n in _LINES)

_STRETCH = "Stretched far from its average the price tends back; close to it, it follows it."

FEATURES = (
    *per_length(
        _SMA,
        "sma_gap_{n}",
        "c / mean_{n}(c) - 1",
        rows=lambda n: n,
        source="Brock, Lakonishok & LeBaron 1992",
        unit="share of price",
        why=_STRETCH,
    ),
    *(
        Feature(
            name=f"ema_gap_{n}",
            formula=f"c / EMA_{n}(c) - 1, restarted on {rows} rows from the mean of the first {n}",
            source="TA-Lib EMA",
            unit="share of price",
            lookback_rows=rows,
            why=_STRETCH,
        )
        for n, rows in _EMA
    ),
    *(
        Feature(
            name=f"{name}_gap_{n}",
            formula=f"c / {name.upper()}_{n}(c) - 1 on {rows} rows",
            source=source,
            unit="share of price",
            lookback_rows=rows,
            why="An average with less lag, so that turns are seen earlier.",
        )
        for name, n, rows, source in (
            ("wma", 30, 30, "TA-Lib WMA"),
            ("trima", 30, 30, "TA-Lib TRIMA"),
            ("dema", 20, 160, "Mulloy 1994, TA-Lib DEMA"),
            ("tema", 20, 160, "Mulloy 1994, TA-Lib TEMA"),
            ("kama", _KAMA, _KAMA_ROWS, "Kaufman 1995, TA-Lib KAMA"),
        )
    ),
    *(
        Feature(
            name=name,
            formula=f"{formula}, (12, 26, 9) restarted on 200 rows",
            source="Appel 2005, TA-Lib MACD",
            unit="share of price",
            lookback_rows=200,
            why="Fast against slow average: the most watched trend measure there is.",
        )
        for name, formula in (
            ("macd", "(EMA_12(c) - EMA_26(c)) / c"),
            ("macd_signal", "EMA_9 of that difference, / c"),
            ("macd_histogram", "macd - macd_signal"),
        )
    ),
    Feature(
        name="trix_15",
        formula="EMA of EMA of EMA_15(c), its change in one row as a share, on 160 rows",
        source="Hutson 1983, TA-Lib TRIX",
        unit="share of price per candle",
        lookback_rows=160,
        why="The slope of the trend with the noise taken out three times.",
    ),
    *per_length(
        _SLOPES,
        "slope_{n}",
        "{n} × slope of the least-squares line through {n} closes / c",
        rows=lambda n: n,
        source="TA-Lib LINEARREG_SLOPE",
        unit="share of price per {n} rows",
        why="Uses every close, not only the ends as a return does.",
    ),
    *per_length(
        _SLOPES,
        "trend_correlation_{n}",
        "correlation of c with time over {n} rows",
        rows=lambda n: n,
        source="TA-Lib CORREL",
        unit="-1 to 1",
        why="How orderly the trend is, whatever its size.",
    ),
    *per_length(
        _LINES,
        "line_gap_{n}",
        "c / end of the least-squares line through {n} closes - 1",
        rows=lambda n: n,
        source="TA-Lib LINEARREG",
        unit="share of price",
        why="Out of its own channel: a break, or about to come back.",
    ),
    *(
        Feature(
            name=f"{name}_{n}",
            formula=f"{formula}, n = {n}, restarted on {rows} rows",
            source="Wilder 1978, TA-Lib PLUS_DI, MINUS_DI, ADX",
            unit="0 to 100",
            lookback_rows=rows,
            why="Strength and side of a trend from highs and lows.",
        )
        for n, rows in _DMI
        for name, formula in (
            ("plus_di", "100 × Wilder's sum of +DM / Wilder's sum of the true range"),
            ("minus_di", "100 × Wilder's sum of -DM / Wilder's sum of the true range"),
            ("adx", "Wilder's average of 100 |+DI - -DI| / (+DI + -DI)"),
        )
    ),
    *per_length(
        _AROON,
        "aroon_{n}",
        "100 / {n} × (rows by which the {n} + 1 rows' last highest high is younger than the low)",
        rows=lambda n: n + 1,
        source="Chande 1995, TA-Lib AROONOSC",
        unit="-100 to 100",
        why="New highs against new lows: a trend makes one of them only.",
    ),
    Feature(
        name="sar_gap",
        formula=f"c / parabolic SAR(0.02, 0.2) - 1, restarted on {_SAR_ROWS} rows",
        source="Wilder 1978, TA-Lib SAR",
        unit="share of price",
        lookback_rows=_SAR_ROWS,
        why="How far the stop of a trend follower is, and on which side.",
    ),
    *per_length(
        _MIDS,
        "mid_gap_{n}",
        "2c / (highest h + lowest l over {n} rows) - 1",
        rows=lambda n: n,
        source="Hosoda 1969 (Ichimoku), TA-Lib MIDPRICE",
        unit="share of price",
        why="Above or below the middle of the range: who holds the ground.",
    ),
    *per_length(
        _VORTEX,
        "vortex_{n}",
        "(sum_{n}(|h - l[-1]|) - sum_{n}(|l - h[-1]|)) / sum_{n}(true range)",
        rows=lambda n: n + 1,
        source="Botes & Siepman 2010",
        unit="ratio",
        why="Upward against downward travel of the extremes.",
    ),
    *per_length(
        _EFFICIENT,
        "efficiency_{n}",
        "|c - c[-{n}]| / sum_{n}(|c - c[-1]|), with ln for c",
        rows=lambda n: n + 1,
        source="Kaufman 1995",
        unit="share",
        why="Net way by gross way: 1 in a straight trend, 0 in noise.",
    ),
    *per_length(
        _CHOPPY,
        "choppiness_{n}",
        "ln(sum_{n}(true range) / (highest h - lowest l)) / ln({n})",
        rows=lambda n: n + 1,
        source="Dreiss 1993",
        unit="about 0 to 1",
        why="High when the market goes back and forth within a range.",
    ),
)


@inner
def _kama(c: Floats, i: int) -> float:
    """Kaufman's adaptive average as TA-Lib takes it, over the last 60 rows."""
    first = i + 1 - _KAMA_ROWS
    way = 0.0
    for j in range(first + 1, first + _KAMA + 1):
        way += abs(c[j] - c[j - 1])
    average = c[first + _KAMA - 1]
    for j in range(first + _KAMA, i + 1):
        if j > first + _KAMA:
            way += abs(c[j] - c[j - 1]) - abs(c[j - _KAMA] - c[j - _KAMA - 1])
        net = abs(c[j] - c[j - _KAMA])
        ratio = 1.0 if way <= net else net / way
        speed = ratio * (2 / 3 - 2 / 31) + 2 / 31
        average += speed * speed * (c[j] - average)
    return float(average)


@inner
def _directional(s: Floats, i: int, n: int, rows: int) -> tuple[float, float, float]:
    """+DI, -DI and ADX as TA-Lib takes them, over the last `rows` rows."""
    plus = minus = width = index = 0.0
    first = i + 2 - rows
    keep, part = 1 - 1 / n, 1 / n
    for j in range(rows - 1):
        row = first + j
        fade = 1.0 if j < n - 1 else keep
        plus = plus * fade + s[PLUS_DM, row]
        minus = minus * fade + s[MINUS_DM, row]
        width = width * fade + s[TRUE_RANGE, row]
        if j >= n - 1:
            both = plus + minus
            dx = abs(plus - minus) / both if both > 0.0 else 0.0
            # The first n are averaged, the others fade in.
            index = index * (1.0 if j < 2 * n - 1 else keep) + dx * part
    return 100 * share(plus, width), 100 * share(minus, width), 100 * index


@inner
def _aroon(s: Floats, i: int, n: int) -> float:
    top = bottom = i - n
    high, low = s[HIGH], s[LOW]
    for j in range(i - n + 1, i + 1):
        if high[j] >= high[top]:
            top = j
        if low[j] <= low[bottom]:
            bottom = j
    return 100 * (top - bottom) / n


@inner
def _sar(s: Floats, i: int) -> float:
    """Parabolic stop-and-reverse as TA-Lib takes it; a falling market is a rising one mirrored."""
    first = i + 1 - _SAR_ROWS
    fall, rise = s[LOW, first] - s[LOW, first + 1], s[HIGH, first + 1] - s[HIGH, first]
    side = -1.0 if fall > 0.0 and rise < fall else 1.0  # 1 while the stop is below the price.
    ahead, behind = (HIGH, LOW) if side > 0 else (LOW, HIGH)
    stop, extreme, speed = side * s[behind, first], side * s[ahead, first + 1], 0.02
    result = 0.0
    for j in range(first + 1, i + 1):
        before = max(j - 1, first + 1)  # TA-Lib takes the second row as its own predecessor.
        if side * s[behind, j] <= stop:
            stop = max(extreme, side * s[ahead, before], side * s[ahead, j])
            result = side * stop
            side, ahead, behind = -side, behind, ahead
            stop, extreme, speed = -stop, side * s[ahead, j], 0.02
            stop += speed * (extreme - stop)
            stop = min(stop, side * s[behind, before], side * s[behind, j])
            continue
        result = side * stop
        if side * s[ahead, j] > extreme:
            extreme = side * s[ahead, j]
            speed = min(speed + 0.02, 0.2)
        stop += speed * (extreme - stop)
        stop = min(stop, side * s[behind, before], side * s[behind, j])
    return result


@inner
def _averages(s: Floats, i: int, out: Floats, at: int) -> int:
    c = s[CLOSE]
    now = c[i]
    for n in _SMA:
        out[at] = now * n / total(c, i, n) - 1
        at += 1
    out[at] = now / weighted(c, i, _W_EMA_5) - 1
    out[at + 1] = now / weighted(c, i, _W_EMA_13) - 1
    out[at + 2] = now / weighted(c, i, _W_EMA_34) - 1
    out[at + 3] = now / weighted(c, i, _W_EMA_89) - 1
    out[at + 4] = now / weighted(c, i, _W_WMA) - 1
    out[at + 5] = now / weighted(c, i, _W_TRIMA) - 1
    out[at + 6] = now / weighted(c, i, _W_DEMA) - 1
    out[at + 7] = now / weighted(c, i, _W_TEMA) - 1
    out[at + 8] = now / _kama(c, i) - 1
    out[at + 9] = weighted(c, i, _W_MACD) / now
    out[at + 10] = weighted(c, i, _W_SIGNAL) / now
    out[at + 11] = out[at + 9] - out[at + 10]
    out[at + 12] = weighted(c, i, _W_TRIX) / weighted(c, i, _W_TRIX_BEFORE) - 1
    return at + 13


@inner
def _lines(s: Floats, i: int, out: Floats, at: int) -> int:
    c = s[CLOSE]
    now = c[i]
    out[at] = weighted(c, i, _W_SLOPE_20) * 20 / now
    out[at + 1] = weighted(c, i, _W_SLOPE_50) * 50 / now
    out[at + 2] = weighted(c, i, _W_SLOPE_100) * 100 / now
    out[at + 3] = weighted(c, i, _W_SLOPE_200) * 200 / now
    for n in _SLOPES:
        spread = math.sqrt(centred(c, i, n, now)[1])
        per_row = out[at] * now / n
        limit = share(per_row * math.sqrt((n * n - 1) / 12), spread)
        out[at + 4] = max(-1.0, min(1.0, limit))
        at += 1
    out[at + 4] = now / weighted(c, i, _W_LINE_20) - 1
    out[at + 5] = now / weighted(c, i, _W_LINE_100) - 1
    return at + 6


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    at = _averages(s, i, out, at)
    at = _lines(s, i, out, at)
    for n, rows in _DMI:
        out[at], out[at + 1], out[at + 2] = _directional(s, i, n, rows)
        at += 3
    for n in _AROON:
        out[at] = _aroon(s, i, n)
        at += 1
    c = s[CLOSE]
    out[at] = c[i] / _sar(s, i) - 1
    at += 1
    for n in _MIDS:
        out[at] = 2 * c[i] / (highest(s[HIGH], i, n) + lowest(s[LOW], i, n)) - 1
        at += 1
    for n in _VORTEX:
        travel = total(s[VORTEX_PLUS], i, n) - total(s[VORTEX_MINUS], i, n)
        out[at] = share(travel, total(s[TRUE_RANGE], i, n))
        at += 1
    for n in _EFFICIENT:
        out[at] = share(abs(math.log(c[i] / c[i - n])), total(s[ABS_RETURN], i, n))
        at += 1
    for n in _CHOPPY:
        width = highest(s[HIGH], i, n) - lowest(s[LOW], i, n)
        way = total(s[TRUE_RANGE], i, n)
        out[at] = math.log(way / width) / math.log(n) if width > 0.0 and way > 0.0 else 0.0
        at += 1
    return at
