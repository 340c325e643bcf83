"""What following probabilities would have earned after fees, slippage and funding, beside what.

One entry per symbol at a time; it leaves by its own barriers, exactly as it was labelled. Every
entry has the same notional, so results are fractions of one notional.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot_trading.ml.arrays import Floats, Ints
from bot_trading.ml.compiled import compiled
from bot_trading.ml.dataset import Dataset
from bot_trading.ml.labels import Costs
from bot_trading.ml.measures import Interval, block_interval

__all__ = ["Choice", "Trades", "choose_threshold", "follow", "follow_trend", "hold", "summary"]

_BPS = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trades:
    """Entries that were followed: when, on which side (+1, -1), and their net return."""

    decided_us: Ints
    side: npt.NDArray[np.int8]
    net: Floats

    def __len__(self) -> int:
        return len(self.net)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The threshold with the best net return per trade, and whether that is more than luck.

    `entry_min_ratio` is None when the interval of the best one reaches to zero or below.
    """

    best_ratio: float
    entry_min_ratio: float | None
    tried: tuple[dict[str, float], ...]


def follow(
    data: Dataset, long_ratio: Floats, short_ratio: Floats, minimum: float, costs: Costs
) -> Trades:
    """Enter the likelier side whenever it reaches `minimum` and the symbol is flat."""
    side = np.where(long_ratio > short_ratio, 1, -1).astype(np.int8)
    wanted = (np.maximum(long_ratio, short_ratio) >= minimum) & (long_ratio != short_ratio)
    return _entered(data, np.where(wanted, side, 0).astype(np.int8), costs)


def follow_trend(data: Dataset, costs: Costs) -> Trades:
    """The moving-average rule: always in the direction of the trend, with the same barriers."""
    # codelint: ok M06 because a trend that is not known yet means no side, which 0 is
    return _entered(data, np.nan_to_num(data.trend).astype(np.int8), costs)


def hold(data: Dataset, costs: Costs) -> Floats:
    """Net return of holding a long from first to last row, one value a symbol."""
    found = []
    for at in range(len(data.symbols)):
        mine = np.flatnonzero(data.symbol_at == at)
        if len(mine):
            first, last = mine[0], mine[-1]
            paid = data.funding_sum[last] - data.funding_sum[first]
            gross = data.close[last] / data.close[first] - 1
            found.append(gross - paid - costs.round_trip_ratio)
    return np.array(found)


def choose_threshold(
    data: Dataset, long_ratio: Floats, short_ratio: Floats, costs: Costs, *, trades_min: int = 100
) -> Choice:
    """Try thresholds from the median to the top of what was predicted; best net return per trade.

    The interval is by blocks of days; with less than ten days there is no interval, so no entry.
    """
    top = np.maximum(long_ratio, short_ratio)
    levels = (0.5, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.995, 0.998, 0.999)
    tried, best, best_interval = [], float(np.quantile(top, levels[0])), None
    for level in levels:
        minimum = float(np.quantile(top, level))
        trades = follow(data, long_ratio, short_ratio, minimum, costs)
        interval = block_interval(trades.net, trades.decided_us)
        tried.append({"ratio": minimum, "trades": len(trades), **_bps(interval)})
        enough = len(trades) >= trades_min
        if enough and (best_interval is None or interval.value > best_interval.value):
            best, best_interval = minimum, interval
    is_edge = best_interval is not None and best_interval.low > 0
    return Choice(best_ratio=best, entry_min_ratio=best if is_edge else None, tried=tuple(tried))


def summary(trades: Trades) -> dict[str, float]:
    """Count, net per trade in basis points with its interval, sum, and share of winners."""
    interval = block_interval(trades.net, trades.decided_us)
    return {
        "trades": len(trades),
        **_bps(interval),
        "net_sum_bps": float(trades.net.sum()) * _BPS,
        "winners": float((trades.net > 0).mean()) if len(trades) else float("nan"),
        "longs": float((trades.side > 0).mean()) if len(trades) else float("nan"),
    }


def _bps(interval: Interval) -> dict[str, float]:
    return {
        "net_per_trade_bps": interval.value * _BPS,
        "net_per_trade_low_bps": interval.low * _BPS,
        "net_per_trade_high_bps": interval.high * _BPS,
    }


def _entered(data: Dataset, side: npt.NDArray[np.int8], costs: Costs) -> Trades:
    taken = _first_when_flat(
        data.symbol_at, data.decided_us, data.long.exit_us, data.short.exit_us, side
    )
    is_long = side[taken] > 0
    gross = np.where(is_long, data.long.gross[taken], data.short.gross[taken])
    paid = np.where(is_long, data.long.funding[taken], data.short.funding[taken])
    return Trades(
        decided_us=data.decided_us[taken],
        side=side[taken],
        net=gross - paid - costs.round_trip_ratio,
    )


@compiled
def _first_when_flat(
    symbol_at: npt.NDArray[np.int16],
    decided_us: Ints,
    long_exit_us: Ints,
    short_exit_us: Ints,
    side: npt.NDArray[np.int8],
) -> npt.NDArray[np.bool_]:
    taken = np.zeros(len(side), dtype=np.bool_)
    free_us = 0
    for row in range(len(side)):
        if row == 0 or symbol_at[row] != symbol_at[row - 1]:
            free_us = 0
        if side[row] != 0 and decided_us[row] >= free_us:
            taken[row] = True
            free_us = long_exit_us[row] if side[row] > 0 else short_exit_us[row]
    return taken
