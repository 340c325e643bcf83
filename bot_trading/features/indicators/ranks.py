"""Ranks and extremes: how today compares with the whole window, whatever the scale."""

from __future__ import annotations

import math

from bot_trading.features.compiled import inner
from bot_trading.features.feature import per_length
from bot_trading.features.series import ABS_RETURN, CLOSE, HIGH, LOW, RANGE, VOLUME
from bot_trading.features.sums import highest, lowest, rank
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_GAPS = (24, 96, 200)
_RANKS = (48, 200)
_MOVES = (48, 199)
_AGES = _GAPS[1:]

_LEVELS = "Extremes are where stops and breakout orders lie."

FEATURES = (
    *per_length(
        _GAPS,
        "high_gap_{n}",
        "ln(c / highest h over {n} rows)",
        rows=lambda n: n,
        source="George & Hwang 2004",
        unit="log return",
        why=_LEVELS,
    ),
    *per_length(
        _GAPS,
        "low_gap_{n}",
        "ln(c / lowest l over {n} rows)",
        rows=lambda n: n,
        source="George & Hwang 2004",
        unit="log return",
        why=_LEVELS,
    ),
    *(
        feature
        for name, what, lengths, extra in (
            ("close", "c", _RANKS, 0),
            ("volume", "v", _RANKS, 0),
            ("range", "ln(h / l)", _RANKS, 0),
            ("move", "|r|", _MOVES, 1),
        )
        for feature in per_length(
            lengths,
            name + "_rank_{n}",
            f"share of the {{n}} - 1 earlier values of {what} that are lower, equal ones half",
            rows=lambda n, extra=extra: n + extra,  # type: ignore[misc]
            source="empirical distribution function",
            unit="0 to 1",
            why="A rank has no outliers and the same meaning on every symbol.",
        )
    ),
    *per_length(
        _AGES,
        "high_age_{n}",
        "rows since the last highest h of {n} rows / {n}",
        rows=lambda n: n,
        source="Chande 1995",
        unit="share",
        why="A high that was not beaten for long is a ceiling.",
    ),
    *per_length(
        _AGES,
        "low_age_{n}",
        "rows since the last lowest l of {n} rows / {n}",
        rows=lambda n: n,
        source="Chande 1995",
        unit="share",
        why="A low that held for long is a floor, with stops below it.",
    ),
)


@inner
def _age(x: Floats, i: int, extreme: float) -> int:
    """Rows since x had that value last."""
    age = 0
    while x[i - age] != extreme:
        age += 1
    return age


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    c = s[CLOSE, i]
    ages = at + 2 * len(_GAPS) + 3 * len(_RANKS) + len(_MOVES)
    for n in _GAPS:
        high, low = highest(s[HIGH], i, n), lowest(s[LOW], i, n)
        out[at] = math.log(c / high)
        out[at + 3] = math.log(c / low)
        if n > _GAPS[0]:
            out[ages] = _age(s[HIGH], i, high) / n
            out[ages + 2] = _age(s[LOW], i, low) / n
            ages += 1
        at += 1
    at += 3
    for n in _RANKS:
        out[at] = rank(s[CLOSE], i, n)
        out[at + 2] = rank(s[VOLUME], i, n)
        out[at + 4] = rank(s[RANGE], i, n)
        at += 1
    at += 4
    for n in _MOVES:
        out[at] = rank(s[ABS_RETURN], i, n)
        at += 1
    return ages + 2
