"""Longer aggregates: the last closed candle of one hour, four hours and a day.

Steps in rows are meant for the base interval: 12 rows are an hour, 48 four hours, 288 a day.
"""

from __future__ import annotations

import math

from bot_trading.features.compiled import inner
from bot_trading.features.feature import Feature
from bot_trading.features.series import CLOSE, CLOSE_1H, HIGH_1H, OPEN_1H, VOLUME, VOLUME_1H, share
from bot_trading.features.sums import total
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_SPANS = ("1h", "4h", "1d")
_PARTS = 5  # Columns per span: open, high, low, close, volume.
_PACE = ((12, 1.0), (48, 1.0), (200, 1.44))  # Rows, and how many times they fit into the span.
_STEPS = ((0, 12), (0, 48), (1, 48), (1, 144))  # Span's place, rows back.
_CHANGES = ((0, 12), (1, 48))
_HOURS = 16
_HOUR_ROWS = 12

_WIDER = "The wider frame: intraday moves meet the levels that others watch there."

FEATURES = (
    *(
        Feature(
            name=f"{name}_{span}",
            formula=formula.format(x=span),
            source=source,
            unit=unit,
            lookback_rows=1,
            why=_WIDER,
        )
        for span in _SPANS
        for name, formula, source, unit in (
            ("close_gap", "ln(c / close_{x})", "log return since the close", "log return"),
            ("high_gap", "ln(c / high_{x})", "George & Hwang 2004", "log return"),
            ("low_gap", "ln(c / low_{x})", "George & Hwang 2004", "log return"),
            ("body", "ln(close_{x} / open_{x})", "log return of the candle", "log return"),
            ("range", "ln(high_{x} / low_{x})", "Parkinson 1980", "log return"),
            (
                "location",
                "(2c - high_{x} - low_{x}) / (high_{x} - low_{x}); 0 without a range",
                "pivot of the last session",
                "-1 to 1 within the last range",
            ),
        )
    ),
    *(
        Feature(
            name=f"volume_pace_{span}",
            formula=f"{times} × sum_{rows}(v) / volume_{span}; 0 where that is 0",
            source="ratio",
            unit="ratio",
            lookback_rows=rows,
            why="Busier or quieter than the last whole candle of the wider frame.",
        )
        for span, (rows, times) in zip(_SPANS, _PACE, strict=True)
    ),
    *(
        Feature(
            name=f"close_change_{_SPANS[place]}_{back}",
            formula=f"ln(close_{_SPANS[place]} / close_{_SPANS[place]}[-{back}])",
            source="log return",
            unit="log return",
            lookback_rows=back + 1,
            why="Returns on the wider grid, without the unfinished part.",
        )
        for place, back in _STEPS
    ),
    *(
        Feature(
            name=f"{part}_change_{_SPANS[place]}",
            formula=formula.format(x=_SPANS[place], back=back),
            source="ratio",
            unit="ratio",
            lookback_rows=back + 1,
            why="Waking up or falling asleep on the wider grid.",
        )
        for place, back in _CHANGES
        for part, formula in (
            ("range", "a / (a + b), a = ln(high_{x} / low_{x}), b = a {back} rows back"),
            ("volume", "a / (a + b), a = volume_{x}, b = volume_{x} {back} rows back"),
        )
    ),
    Feature(
        name="hourly_volatility",
        formula=f"sqrt(mean(x²)), x = ln(close_1h / close_1h[-12]) at 12 k rows back, k < {_HOURS}",
        source="realised volatility on a coarser grid",
        unit="log return per hour",
        lookback_rows=_HOURS * _HOUR_ROWS + 1,
        why="Free of the bounce that five-minute returns hold.",
    ),
    Feature(
        name="range_1h_4h",
        formula="ln(high_1h / low_1h) / ln(high_4h / low_4h)",
        source="ratio",
        unit="ratio",
        lookback_rows=1,
        why="How much of the wider range the last hour made.",
    ),
    Feature(
        name="range_4h_1d",
        formula="ln(high_4h / low_4h) / ln(high_1d / low_1d)",
        source="ratio",
        unit="ratio",
        lookback_rows=1,
        why="How much of the day's range the last four hours made.",
    ),
)


@inner
def _levels(s: Floats, i: int, out: Floats, at: int) -> int:
    """The span's last candle against the last close."""
    now = s[CLOSE, i]
    for k in range(OPEN_1H, OPEN_1H + 15, 5):
        first, high, low, last = s[k, i], s[k + 1, i], s[k + 2, i], s[k + 3, i]
        out[at] = math.log(now / last)
        out[at + 1] = math.log(now / high)
        out[at + 2] = math.log(now / low)
        out[at + 3] = math.log(last / first)
        out[at + 4] = math.log(high / low)
        out[at + 5] = share((now - low) - (high - now), high - low)
        at += 6
    return at


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    levels = at
    at = _levels(s, i, out, at)
    k = VOLUME_1H
    for n, times in _PACE:
        out[at] = share(times * total(s[VOLUME], i, n), s[k, i])
        at += 1
        k += _PARTS
    for place, back in _STEPS:
        closes = s[CLOSE_1H + _PARTS * place]
        out[at] = math.log(closes[i] / closes[i - back])
        at += 1
    for place, back in _CHANGES:
        k = HIGH_1H + _PARTS * place
        wide = math.log(s[k, i] / s[k + 1, i])
        out[at] = share(wide, wide + math.log(s[k, i - back] / s[k + 1, i - back]))
        k = VOLUME_1H + _PARTS * place
        out[at + 1] = share(s[k, i], s[k, i] + s[k, i - back])
        at += 2
    closes, squares = s[CLOSE_1H], 0.0
    for hour in range(_HOURS):
        j = i - _HOUR_ROWS * hour
        squares += math.log(closes[j] / closes[j - _HOUR_ROWS]) ** 2
    out[at] = math.sqrt(squares / _HOURS)
    out[at + 1] = share(out[levels + 4], out[levels + 10])
    out[at + 2] = share(out[levels + 10], out[levels + 16])
    return at + 3
