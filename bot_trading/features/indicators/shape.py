"""Candle shape: bodies, wicks and how candles lie to one another."""

from __future__ import annotations

from bot_trading.features import weights
from bot_trading.features.compiled import inner
from bot_trading.features.feature import Feature, per_length
from bot_trading.features.series import (
    BODY,
    CLOSE,
    HIGH,
    HIGHER_HIGH,
    LOCATION,
    LOW,
    LOWER_LOW,
    LOWER_WICK,
    OPEN,
    TRUE_RANGE,
    UPPER_WICK,
    share,
)
from bot_trading.features.sums import total, weighted
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_LAGS = (0, 1)
_PARTS = (("body", "c - o"), ("upper_wick", "h - max(o, c)"), ("lower_wick", "min(o, c) - l"))
_LOCATIONS = (1, 6, 24)
_BODIES = (6, 24, 96)
_WICKS = (12, 48)
_STEPS = (12, 48)
_ATR_ROWS = 200
_W_ATR = weights.wilder(14, _ATR_ROWS - 1)

_STEPPING = "A trend climbs by steps; counts of them are blind to single large candles."

FEATURES = (
    *(
        Feature(
            name=f"{name}_{lag}",
            formula=f"({formula}) / (h - l), {lag} rows back; 0 where h = l",
            source="Nison 1991; body_0 is TA-Lib BOP",
            unit="share of range",
            lookback_rows=lag + 1,
            why="Who won the candle, and what was refused at its ends.",
        )
        for lag in _LAGS
        for name, formula in _PARTS
    ),
    *per_length(
        _LOCATIONS,
        "close_location_{n}",
        "mean_{n}((2c - h - l) / (h - l))",
        rows=lambda n: n,
        source="Chaikin's close location value",
        unit="-1 to 1",
        why="Closes near the high are bought into the end.",
    ),
    *per_length(
        _BODIES,
        "body_mean_{n}",
        "mean_{n}((c - o) / (h - l))",
        rows=lambda n: n,
        source="Dorsey's and Livshin's balance of power, TA-Lib BOP",
        unit="-1 to 1",
        why="Steady pressure shows in bodies before it shows in prices.",
    ),
    *per_length(
        _WICKS,
        "wick_balance_{n}",
        "mean_{n}((lower wick - upper wick) / (h - l))",
        rows=lambda n: n,
        source="Nison 1991",
        unit="-1 to 1",
        why="Long lower wicks: dips are bought, stops below were taken.",
    ),
    Feature(
        name="open_gap",
        formula=f"(o - c[-1]) / ATR_14 restarted on {_ATR_ROWS} rows",
        source="TA-Lib ATR",
        unit="average true ranges",
        lookback_rows=_ATR_ROWS,
        why="A jump between candles on a market that never closes is a stress sign.",
    ),
    Feature(
        name="is_inside",
        formula="1 where h <= h[-1] and l >= l[-1], else 0",
        source="Crabel 1990",
        unit="0 or 1",
        lookback_rows=2,
        why="Undecided candles come before moves.",
    ),
    Feature(
        name="is_outside",
        formula="1 where h > h[-1] and l < l[-1], else 0",
        source="Crabel 1990",
        unit="0 or 1",
        lookback_rows=2,
        why="Both sides' stops were taken; the close tells who is left.",
    ),
    *per_length(
        _STEPS,
        "higher_high_share_{n}",
        "mean_{n}(h > h[-1])",
        rows=lambda n: n + 1,
        source="Dow theory",
        unit="share",
        why=_STEPPING,
    ),
    *per_length(
        _STEPS,
        "lower_low_share_{n}",
        "mean_{n}(l < l[-1])",
        rows=lambda n: n + 1,
        source="Dow theory",
        unit="share",
        why=_STEPPING,
    ),
)


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    for lag in _LAGS:
        out[at] = s[BODY, i - lag]
        out[at + 1] = s[UPPER_WICK, i - lag]
        out[at + 2] = s[LOWER_WICK, i - lag]
        at += 3
    for n in _LOCATIONS:
        out[at] = total(s[LOCATION], i, n) / n
        at += 1
    for n in _BODIES:
        out[at] = total(s[BODY], i, n) / n
        at += 1
    for n in _WICKS:
        out[at] = (total(s[LOWER_WICK], i, n) - total(s[UPPER_WICK], i, n)) / n
        at += 1
    out[at] = share(s[OPEN, i] - s[CLOSE, i - 1], weighted(s[TRUE_RANGE], i, _W_ATR))
    h, l, h1, l1 = s[HIGH, i], s[LOW, i], s[HIGH, i - 1], s[LOW, i - 1]  # noqa: E741
    out[at + 1] = 1.0 if h <= h1 and l >= l1 else 0.0
    out[at + 2] = 1.0 if h > h1 and l < l1 else 0.0
    at += 3
    for n in _STEPS:
        out[at] = total(s[HIGHER_HIGH], i, n) / n
        out[at + 2] = total(s[LOWER_LOW], i, n) / n
        at += 1
    return at + 2
