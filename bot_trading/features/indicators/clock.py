"""Funding and calendar: what every trader of the symbol pays, and when the world is awake."""

from __future__ import annotations

import math

from bot_trading.features.compiled import inner
from bot_trading.features.feature import Feature, per_length
from bot_trading.features.series import FUNDING, TS
from bot_trading.features.sums import total
from bot_trading.features.window import BASE_INTERVAL_S, Floats

__all__ = ["FEATURES", "fill"]

_CHANGES = (96, 192)
_MEANS = (192,)
_DAY_S = 86_400.0
_SETTLEMENT_S = 28_800.0
_SESSIONS = (0.0, 8.0, 13.5)  # Tokyo, London, New York: opening hours UTC, each eight hours long.
_CYCLES = ("hour", "day", "week")

_AWAKE = "Volume, volatility and who trades follow the working day."

FEATURES = (
    Feature(
        name="funding_bps",
        formula="10 000 × last settled funding rate",
        source="perpetual contract's definition",
        unit="basis points",
        lookback_rows=1,
        why="Crowded longs pay shorts: high funding precedes long squeezes.",
    ),
    *per_length(
        _CHANGES,
        "funding_change_bps_{n}",
        "10 000 × (funding - funding[-{n}])",
        rows=lambda n: n + 1,
        source="difference",
        unit="basis points",
        why="A crowd that builds up is another thing than one that has stood for long.",
    ),
    Feature(
        name="funding_mean_bps_192",
        formula="10 000 × mean_192(funding)",
        source="mean",
        unit="basis points",
        lookback_rows=192,
        why="One settlement may be noise; two thirds of a day are a stance.",
    ),
    Feature(
        name="funding_wait",
        formula="share of eight hours until the next 00:00, 08:00 or 16:00 UTC after the close",
        source="settlement calendar",
        unit="share",
        lookback_rows=1,
        why="Positions are closed before and opened after a payment.",
    ),
    *(
        Feature(
            name=f"{part}_of_{cycle}",
            formula=f"{function}(2 pi × share of the UTC {cycle} gone at the close)",
            source="Fourier term",
            unit="-1 to 1",
            lookback_rows=1,
            why=_AWAKE,
        )
        for cycle in _CYCLES
        for part, function in (("sine", "sin"), ("cosine", "cos"))
    ),
    Feature(
        name="is_weekend",
        formula="1 on Saturday and Sunday UTC, else 0",
        source="calendar",
        unit="0 or 1",
        lookback_rows=1,
        why="Thin books and no futures at CME: moves go further and come back.",
    ),
    *(
        Feature(
            name=f"in_{city}",
            formula=f"1 for eight hours from {hour} UTC, else 0",
            source="working hours",
            unit="0 or 1",
            lookback_rows=1,
            why=_AWAKE,
        )
        for city, hour in (("tokyo", "00:00"), ("london", "08:00"), ("new_york", "13:30"))
    ),
)


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    now_s = s[TS, i] / 1e6 + BASE_INTERVAL_S
    funding = s[FUNDING]
    out[at] = 1e4 * funding[i]
    at += 1
    for n in _CHANGES:
        out[at] = 1e4 * (funding[i] - funding[i - n])
        at += 1
    for n in _MEANS:
        out[at] = 1e4 * total(s[FUNDING], i, n) / n
    out[at + 1] = 1 - (now_s % _SETTLEMENT_S) / _SETTLEMENT_S
    at += 2
    monday_s = now_s - 4 * _DAY_S  # The epoch began on a Thursday.
    for length_s in (3_600.0, _DAY_S, 7 * _DAY_S):
        angle = 2 * math.pi * (monday_s % length_s) / length_s
        out[at] = math.sin(angle)
        out[at + 1] = math.cos(angle)
        at += 2
    out[at] = 1.0 if monday_s % (7 * _DAY_S) >= 5 * _DAY_S else 0.0
    at += 1
    hour = (now_s % _DAY_S) / 3_600
    for opens in _SESSIONS:
        out[at] = 1.0 if opens <= hour < opens + 8 else 0.0
        at += 1
    return at
