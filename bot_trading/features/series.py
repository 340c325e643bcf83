"""Series: one number per row, derived from the row and the two before it, once per candle.

All windows are sums over these. A value that needs a row which is not there is NaN, so that a
feature that looked back too far would show it.
"""

from __future__ import annotations

import math

import numpy as np

from bot_trading.features.compiled import inner
from bot_trading.features.window import COLUMNS, Floats

__all__ = ["SERIES", "derive", "derive_all"]

(
    TS,
    OPEN,
    HIGH,
    LOW,
    CLOSE,
    VOLUME,
    BTC,
    ETH,
    FUNDING,
    OPEN_1H,
    HIGH_1H,
    LOW_1H,
    CLOSE_1H,
    VOLUME_1H,
    OPEN_4H,
    HIGH_4H,
    LOW_4H,
    CLOSE_4H,
    VOLUME_4H,
    OPEN_1D,
    HIGH_1D,
    LOW_1D,
    CLOSE_1D,
    VOLUME_1D,
    RETURN,  # ln(c / c[-1])
    ABS_RETURN,
    SQ_RETURN,
    DOWN_SQ,  # r² of falling candles
    UP,  # 1 where c > c[-1]
    STILL,  # 1 where c = c[-1]
    RANGE,  # ln(h / l)
    SQ_RANGE,
    GARMAN_KLASS,
    ROGERS_SATCHELL,
    OVERNIGHT,  # ln(o / c[-1])
    INTRADAY,  # ln(c / o)
    TRUE_RANGE,
    GAIN,  # max(c - c[-1], 0)
    LOSS,
    PLUS_DM,
    MINUS_DM,
    VORTEX_PLUS,  # |h - l[-1]|
    VORTEX_MINUS,
    PRESSURE,  # c - min(l, c[-1])
    TYPICAL,
    TYPICAL_VOLUME,
    FLOW_IN,
    FLOW_OUT,
    SIGNED_VOLUME,
    LOCATION,  # (2c - h - l) / (h - l)
    LOCATION_VOLUME,
    RETURN_VOLUME,
    SQ_VOLUME,
    IMPACT,  # sign(r) sqrt(c v)
    ILLIQUIDITY,  # |r| / (c v)
    TRADED,  # 1 where v > 0
    BODY,  # (c - o) / (h - l)
    UPPER_WICK,
    LOWER_WICK,
    HIGHER_HIGH,
    LOWER_LOW,
    CORWIN_SCHULTZ,
    ABDI_RANALDO,
    ORDER,  # 256^k, k being which of six orders the last three closes have
    FLIP,  # 1 where r and r[-1] have opposite signs
    BTC_RETURN,
    ETH_RETURN,
    BTC_RATIO,  # c / btc
) = range(SERIES := 68)

_FIRST_DERIVED = len(COLUMNS)
_GK = 2 * math.log(2) - 1
_CS = 3 - 2 * math.sqrt(2)
_DUST = 1e-12  # Two moves that differ by less, as a share of the price, are one but for rounding.


@inner
def share(part: float, whole: float) -> float:
    """part / whole, and 0 where there is no whole."""
    return part / whole if whole != 0.0 else 0.0


@inner
def sign(value: float) -> float:
    """-1, 0 or 1."""
    return (1.0 if value > 0.0 else 0.0) - (1.0 if value < 0.0 else 0.0)


@inner
def corwin_schultz(h: float, l: float, h1: float, l1: float) -> float:  # noqa: E741
    """Spread from two ranges, at least 0; Corwin & Schultz 2012, equations 14 and 18."""
    beta = math.log(h / l) ** 2 + math.log(h1 / l1) ** 2
    gamma = math.log(max(h, h1) / min(l, l1)) ** 2
    alpha = (math.sqrt(2 * beta) - math.sqrt(beta)) / _CS - math.sqrt(gamma / _CS)
    grown = math.exp(alpha)
    return max(2 * (grown - 1) / (1 + grown), 0.0)


@inner
def order_of(c: float, c1: float, c2: float) -> float:
    """Which of the six orders three closes have, 0 to 5; equal ones count as rising."""
    if c2 <= c1:
        return 0.0 if c1 <= c else (1.0 if c2 <= c else 2.0)
    return 3.0 if c < c1 else (4.0 if c < c2 else 5.0)


@inner
def _derive_alone(s: Floats, i: int) -> None:
    """Series that need the row alone."""
    o, h, l, c, v = s[OPEN, i], s[HIGH, i], s[LOW, i], s[CLOSE, i], s[VOLUME, i]  # noqa: E741
    s[RANGE, i] = math.log(h / l)
    s[SQ_RANGE, i] = s[RANGE, i] ** 2
    s[INTRADAY, i] = math.log(c / o)
    up, low = math.log(h / o), math.log(l / o)
    s[GARMAN_KLASS, i] = 0.5 * s[SQ_RANGE, i] - _GK * s[INTRADAY, i] ** 2
    s[ROGERS_SATCHELL, i] = up * (up - s[INTRADAY, i]) + low * (low - s[INTRADAY, i])
    s[TYPICAL, i] = (h + l + c) / 3
    s[TYPICAL_VOLUME, i] = s[TYPICAL, i] * v
    s[LOCATION, i] = share((c - l) - (h - c), h - l)
    s[LOCATION_VOLUME, i] = s[LOCATION, i] * v
    s[SQ_VOLUME, i] = v * v
    s[TRADED, i] = 1.0 if v > 0.0 else 0.0
    s[BODY, i] = share(c - o, h - l)
    s[UPPER_WICK, i] = share(h - max(o, c), h - l)
    s[LOWER_WICK, i] = share(min(o, c) - l, h - l)
    s[BTC_RATIO, i] = c / s[BTC, i]


@inner
def _derive_moves(s: Floats, i: int, c1: float) -> None:
    """Series of the close's move from the row before."""
    c, v = s[CLOSE, i], s[VOLUME, i]
    r = math.log(c / c1)
    s[RETURN, i] = r
    s[ABS_RETURN, i] = abs(r)
    s[SQ_RETURN, i] = r * r
    s[DOWN_SQ, i] = r * r if r < 0.0 else 0.0
    s[UP, i] = 1.0 if c > c1 else 0.0
    s[STILL, i] = 1.0 if c == c1 else 0.0
    s[GAIN, i] = max(c - c1, 0.0)
    s[LOSS, i] = max(c1 - c, 0.0)
    s[SIGNED_VOLUME, i] = sign(c - c1) * v
    s[RETURN_VOLUME, i] = r * v
    s[IMPACT, i] = sign(c - c1) * math.sqrt(c * v)
    s[ILLIQUIDITY, i] = share(abs(r), c * v)
    s[OVERNIGHT, i] = math.log(s[OPEN, i] / c1)
    s[BTC_RETURN, i] = math.log(s[BTC, i] / s[BTC, i - 1])
    s[ETH_RETURN, i] = math.log(s[ETH, i] / s[ETH, i - 1])


@inner
def _derive_ranges(s: Floats, i: int, c1: float) -> None:
    """Series of highs and lows against the row before."""
    h, l, h1, l1 = s[HIGH, i], s[LOW, i], s[HIGH, i - 1], s[LOW, i - 1]  # noqa: E741
    s[TRUE_RANGE, i] = max(h, c1) - min(l, c1)
    up, down = h - h1, l1 - l
    dust = _DUST * c1
    s[PLUS_DM, i] = up if up - down > dust and up > 0.0 else 0.0
    s[MINUS_DM, i] = down if down - up > dust and down > 0.0 else 0.0
    s[VORTEX_PLUS, i] = abs(h - l1)
    s[VORTEX_MINUS, i] = abs(l - h1)
    s[PRESSURE, i] = s[CLOSE, i] - min(l, c1)
    moved = s[TYPICAL, i] - s[TYPICAL, i - 1]
    s[FLOW_IN, i] = s[TYPICAL_VOLUME, i] if moved > dust else 0.0
    s[FLOW_OUT, i] = s[TYPICAL_VOLUME, i] if moved < -dust else 0.0
    s[HIGHER_HIGH, i] = 1.0 if h > h1 else 0.0
    s[LOWER_LOW, i] = 1.0 if l < l1 else 0.0
    s[CORWIN_SCHULTZ, i] = corwin_schultz(h, l, h1, l1)
    s[ABDI_RANALDO, i] = math.log(c1 / h1 * (c1 / l1)) * math.log(c1 / h * (c1 / l))


@inner
def derive(s: Floats, i: int, before: int) -> None:
    """Fill the derived series of row i, of which `before` rows before it may be read."""
    for k in range(_FIRST_DERIVED, SERIES):
        s[k, i] = np.nan
    _derive_alone(s, i)
    if before >= 1:
        c1 = s[CLOSE, i - 1]
        _derive_moves(s, i, c1)
        _derive_ranges(s, i, c1)
    if before >= 2:
        s[ORDER, i] = 256.0 ** order_of(s[CLOSE, i], s[CLOSE, i - 1], s[CLOSE, i - 2])
        s[FLIP, i] = 1.0 if s[RETURN, i] * s[RETURN, i - 1] < 0.0 else 0.0


@inner
def derive_all(s: Floats) -> None:
    """Fill the derived series of every row, oldest first."""
    for i in range(s.shape[1]):
        derive(s, i, i)
