"""Returns: how far and how steadily the price went."""

from __future__ import annotations

import math

from bot_trading.features.compiled import inner
from bot_trading.features.feature import Feature, per_length
from bot_trading.features.series import CLOSE, RETURN, SQ_RETURN, UP, share, sign
from bot_trading.features.sums import total
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_RETURNS = (1, 2, 3, 6, 12, 24, 48, 96, 192)
_SCALED = (12, 48, 192)
_LAGS = (0, 1, 2, 3, 4)
_USUAL = (48,)  # In a tuple like the others: numba compiles a function again for each bare number.
_BENDS = (6, 24)
_UPS = (12, 48)
_STREAK_MAX = 20

FEATURES = (
    *per_length(
        _RETURNS,
        "log_return_{n}",
        "ln(c / c[-{n}])",
        rows=lambda n: n + 1,
        source="Campbell, Lo & MacKinlay 1997, 1.4",
        unit="log return",
        why="Short moves tend to revert, longer ones to go on; a tree finds where one turns.",
    ),
    *per_length(
        _SCALED,
        "scaled_return_{n}",
        "ln(c / c[-{n}]) / sqrt(sum_{n}(r²))",
        rows=lambda n: n + 1,
        source="Moskowitz, Ooi & Pedersen 2012",
        unit="standard deviations",
        why="A move counts for more in a calm market; scaled it compares across symbols.",
    ),
    *per_length(
        _LAGS,
        "lagged_return_{n}",
        "r[-{n}] / sqrt(mean_48(r²)), 48 rows up to now",
        rows=lambda _: 49,
        source="Jegadeesh 1990",
        unit="standard deviations",
        why="The path of the last candles: bounce and follow-through differ in their order.",
    ),
    *per_length(
        _BENDS,
        "return_bend_{n}",
        "ln(c / c[-{n}]) - ln(c[-{n}] / c[-2·{n}])",
        rows=lambda n: 2 * n + 1,
        source="second difference",
        unit="log return",
        why="A move that gains speed is another thing than one that fades.",
    ),
    *per_length(
        _UPS,
        "up_share_{n}",
        "mean_{n}(c > c[-1])",
        rows=lambda n: n + 1,
        source="Da, Gurun & Warachka 2014, information discreteness",
        unit="share",
        why="The same return in many small steps lasts longer than in one jump.",
    ),
    Feature(
        name="streak",
        formula=f"closes in a row in the last one's direction, signed, at most {_STREAK_MAX}",
        source="Connors & Alvarez 2009",
        unit="candles",
        lookback_rows=_STREAK_MAX + 1,
        why="Long runs exhaust themselves.",
    ),
)


@inner
def _streak(s: Floats, i: int) -> float:
    c = s[CLOSE]
    direction = sign(c[i] - c[i - 1])
    length = 1
    while length < _STREAK_MAX and sign(c[i - length] - c[i - length - 1]) == direction:
        length += 1
    return direction * length


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    c = s[CLOSE]
    for n in _RETURNS:
        out[at] = math.log(c[i] / c[i - n])
        at += 1
    for n in _SCALED:
        out[at] = share(math.log(c[i] / c[i - n]), math.sqrt(total(s[SQ_RETURN], i, n)))
        at += 1
    for n in _USUAL:
        scale = math.sqrt(total(s[SQ_RETURN], i, n) / n)
        for lag in _LAGS:
            out[at] = share(s[RETURN, i - lag], scale)
            at += 1
    for n in _BENDS:
        out[at] = math.log(c[i] / c[i - n]) - math.log(c[i - n] / c[i - 2 * n])
        at += 1
    for n in _UPS:
        out[at] = total(s[UP], i, n) / n
        at += 1
    out[at] = _streak(s, i)
    return at + 1
