"""Cross-asset context: what BTC and ETH do, and how far the symbol goes its own way."""

from __future__ import annotations

import math

from bot_trading.features import weights
from bot_trading.features.compiled import inner
from bot_trading.features.feature import Feature, per_length
from bot_trading.features.series import (
    BTC,
    BTC_RATIO,
    BTC_RETURN,
    CLOSE,
    ETH,
    ETH_RETURN,
    RETURN,
    SQ_RETURN,
    share,
)
from bot_trading.features.sums import centred, correlation, dot, lagged, product, total, weighted
from bot_trading.features.window import Floats

__all__ = ["FEATURES", "fill"]

_BTC = (1, 3, 12, 48, 192)
_ETH = (1, 12, 48)
_EXCESS = (12, 48, 192)
_PAIRS = (48, 199)
_RESIDUALS = (1, 12, 48)
_LEADS = (96, 199)
_Z = (48, 200)
_VOLATILITY = (12, 96)
_BETA_ROWS = (199,)
_EMA = ((21, 168), (89, 200))
_W_EMA_21, _W_EMA_89 = (weights.ema(n, rows) for n, rows in _EMA)

_MARKET = "The whole market moves with BTC; most of a symbol's risk is BTC's."
_OWN = "What is left without BTC is the symbol's own news, and tends to revert sooner."

FEATURES = (
    *per_length(
        _BTC,
        "btc_return_{n}",
        "ln(btc / btc[-{n}])",
        rows=lambda n: n + 1,
        source="market factor",
        unit="log return",
        why=_MARKET,
    ),
    *per_length(
        _ETH,
        "eth_return_{n}",
        "ln(eth / eth[-{n}])",
        rows=lambda n: n + 1,
        source="market factor",
        unit="log return",
        why="ETH leads the other coins when risk is wanted.",
    ),
    *per_length(
        _EXCESS,
        "btc_excess_{n}",
        "ln(c / c[-{n}]) - ln(btc / btc[-{n}])",
        rows=lambda n: n + 1,
        source="Jegadeesh & Titman 1993, relative strength",
        unit="log return",
        why=_OWN,
    ),
    *per_length(
        _EXCESS,
        "eth_btc_return_{n}",
        "ln(eth / eth[-{n}]) - ln(btc / btc[-{n}])",
        rows=lambda n: n + 1,
        source="relative strength",
        unit="log return",
        why="Appetite for risk among coins.",
    ),
    *per_length(
        _PAIRS,
        "btc_beta_{n}",
        "sum_{n}(r b) / sum_{n}(b²) around their means, b = ln(btc / btc[-1])",
        rows=lambda n: n + 1,
        source="Sharpe 1964, TA-Lib BETA on log returns",
        unit="ratio",
        why="How hard a BTC move will hit.",
    ),
    *per_length(
        _PAIRS,
        "btc_correlation_{n}",
        "correlation of r and ln(btc / btc[-1]) over {n} rows",
        rows=lambda n: n + 1,
        source="TA-Lib CORREL",
        unit="-1 to 1",
        why="Near 1 only the market matters; all at once near 1 is panic.",
    ),
    *per_length(
        _PAIRS,
        "eth_correlation_{n}",
        "correlation of r and ln(eth / eth[-1]) over {n} rows",
        rows=lambda n: n + 1,
        source="TA-Lib CORREL",
        unit="-1 to 1",
        why="Which of the two leaders the symbol follows.",
    ),
    *per_length(
        _PAIRS,
        "btc_volatility_ratio_{n}",
        "standard deviation of r / standard deviation of ln(btc / btc[-1]) over {n} rows",
        rows=lambda n: n + 1,
        source="ratio",
        unit="ratio",
        why="Unusually calm or wild against the market.",
    ),
    *per_length(
        _RESIDUALS,
        "btc_residual_{n}",
        "ln(c / c[-{n}]) - btc_beta_199 × ln(btc / btc[-{n}])",
        rows=lambda _: 200,
        source="Blitz, Huij & Martens 2011",
        unit="log return",
        why=_OWN,
    ),
    *per_length(
        _LEADS,
        "btc_lead_{n}",
        "sum(r b[-1]) / sqrt(sum_{n}(r²) sum_{n}(b²)), {n} - 1 pairs, b = ln(btc / btc[-1])",
        rows=lambda n: n + 1,
        source="Lo & MacKinlay 1990, lead-lag",
        unit="-1 to 1",
        why="Slow followers can be traded on BTC's last candle.",
    ),
    *per_length(
        _Z,
        "btc_ratio_z_{n}",
        "(c / btc - its mean) / its population standard deviation over {n} rows",
        rows=lambda n: n,
        source="Gatev, Goetzmann & Rouwenhorst 2006",
        unit="standard deviations",
        why="Pairs that drifted apart tend to meet again.",
    ),
    *per_length(
        _VOLATILITY,
        "btc_volatility_{n}",
        "standard deviation of ln(btc / btc[-1]) over {n} rows",
        rows=lambda n: n + 1,
        source="close-to-close estimator",
        unit="log return per candle",
        why="The market's regime, also while the symbol itself is quiet.",
    ),
    *(
        Feature(
            name=f"btc_ema_gap_{n}",
            formula=f"btc / EMA_{n}(btc) - 1, restarted on {rows} rows",
            source="TA-Lib EMA",
            unit="share of price",
            lookback_rows=rows,
            why="The market's trend.",
        )
        for n, rows in _EMA
    ),
)


@inner
def _pair(s: Floats, y: Floats, i: int, n: int) -> tuple[float, float, float]:
    """Slope of r on y, their correlation, and the ratio of their standard deviations."""
    r = s[RETURN]
    w = y[i + 1 - n : i + 1]
    x1, y1, xx, yy = total(r, i, n), total(y, i, n), total(s[SQ_RETURN], i, n), dot(w, w)
    xy = product(r, y, i, n)
    var_x, var_y = xx - x1 * x1 / n, yy - y1 * y1 / n
    if var_y <= 1e-12 * yy:
        return 0.0, 0.0, 0.0
    slope = (xy - x1 * y1 / n) / var_y
    return slope, correlation(xy, x1, y1, xx, yy, n), math.sqrt(max(var_x, 0.0) / var_y)


@inner
def _moves(s: Floats, i: int, out: Floats, at: int) -> int:
    c, btc, eth = s[CLOSE], s[BTC], s[ETH]
    for n in _BTC:
        out[at] = math.log(btc[i] / btc[i - n])
        at += 1
    for n in _ETH:
        out[at] = math.log(eth[i] / eth[i - n])
        at += 1
    for n in _EXCESS:
        of_btc = math.log(btc[i] / btc[i - n])
        out[at] = math.log(c[i] / c[i - n]) - of_btc
        out[at + 3] = math.log(eth[i] / eth[i - n]) - of_btc
        at += 1
    return at + 3


@inner
def _pairs(s: Floats, i: int, out: Floats, at: int) -> int:
    slope = 0.0
    for n in _PAIRS:  # The last one has the beta of the residuals.
        slope, related, ratio = _pair(s, s[BTC_RETURN], i, n)
        out[at], out[at + 2], out[at + 6] = slope, related, ratio
        out[at + 4] = _pair(s, s[ETH_RETURN], i, n)[1]
        at += 1
    at += 6
    c, btc = s[CLOSE], s[BTC]
    for n in _RESIDUALS:
        out[at] = math.log(c[i] / c[i - n]) - slope * math.log(btc[i] / btc[i - n])
        at += 1
    return at


@inner
def fill(s: Floats, i: int, out: Floats, at: int) -> int:
    """Write the family's values of row i from out[at] on; returns the place after the last."""
    at = _moves(s, i, out, at)
    at = _pairs(s, i, out, at)
    b = s[BTC_RETURN]
    for n in _LEADS:
        w = b[i + 1 - n : i + 1]
        scale = math.sqrt(total(s[SQ_RETURN], i, n) * dot(w, w))
        out[at] = share(lagged(s[RETURN], b, i, n, 1), scale)
        at += 1
    for n in _Z:
        now = s[BTC_RATIO, i]
        mean, variance = centred(s[BTC_RATIO], i, n, now)
        out[at] = share(-mean, math.sqrt(variance))
        at += 1
    for n in _VOLATILITY:
        out[at] = math.sqrt(centred(b, i, n, 0.0)[1] * n / (n - 1))
        at += 1
    out[at] = s[BTC, i] / weighted(s[BTC], i, _W_EMA_21) - 1
    out[at + 1] = s[BTC, i] / weighted(s[BTC], i, _W_EMA_89) - 1
    return at + 2
