"""What would have become of an entry after each candle: the triple barrier, and plain returns.

The barriers are the SL/TP policy's own (`BarrierSpec`): an entry at the next candle's open leaves
at its stop, its target, or the last close within the horizon, whichever comes first (López de
Prado, Advances in Financial Machine Learning, 2018, chapter 3). Labels that overlap share what
happened, so each weighs as much as it is alone (chapter 4, average uniqueness).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot_trading.domain.signal import BarrierSpec
from bot_trading.ml.arrays import Floats, Ints
from bot_trading.ml.candles import CandleSeries
from bot_trading.ml.compiled import compiled
from bot_trading.ml.refusals import CandlesRefused

__all__ = [
    "RETURN_HORIZONS_S",
    "Costs",
    "Outcomes",
    "average_uniqueness",
    "barrier_outcomes",
    "horizon_returns",
]

RETURN_HORIZONS_S = (900, 3_600, 14_400, 43_200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What one side of a trade costs as a fraction of its notional; an entry and an exit pay both.

    The defaults are Bybit's taker fee of a linear perpetual without a discount, and one basis point
    between the price seen and the price paid.
    """

    taker_fee_ratio: float = 0.00055
    slippage_ratio: float = 0.0001

    @property
    def round_trip_ratio(self) -> float:
        """Entry and exit together."""
        return 2 * (self.taker_fee_ratio + self.slippage_ratio)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Per candle, for an entry on one side at the open of the next candle.

    `exit_row` is the row in which it left, -1 where the data ends before the horizon does;
    `gross_return` is what it earned before costs as a fraction of the entry price; `touched` is +1
    target, -1 stop, 0 time.
    """

    exit_row: Ints
    gross_return: Floats
    touched: npt.NDArray[np.int8]

    def wins(self, costs: Costs) -> npt.NDArray[np.bool_]:
        """Where the entry earned more than its round trip cost; False also where unknown."""
        with np.errstate(invalid="ignore"):
            result: npt.NDArray[np.bool_] = self.gross_return > costs.round_trip_ratio
        return result


def barrier_outcomes(series: CandleSeries, barrier: BarrierSpec, *, is_long: bool) -> Outcomes:
    """The outcome of an entry after every candle of the series.

    A candle that touches both barriers counts as the stop; one that opens beyond the stop leaves at
    its open. Raises `CandlesRefused` when the horizon is no whole number of candles.
    """
    rows = _rows(series, barrier.horizon_s)
    exit_row, gross, touched = _barriers(
        series.open,
        series.high,
        series.low,
        series.close,
        float(barrier.stop_ratio),
        float(barrier.target_ratio),
        rows,
        1.0 if is_long else -1.0,
    )
    return Outcomes(exit_row=exit_row, gross_return=gross, touched=touched)


def horizon_returns(series: CandleSeries, horizon_s: int) -> Floats:
    """Return from the next open to the close `horizon_s` later; NaN where the data ends before."""
    rows = _rows(series, horizon_s)
    result = np.full(len(series), np.nan)
    if rows < len(series):
        result[:-rows] = series.close[rows:] / series.open[1 : len(series) - rows + 1] - 1.0
    return result


def average_uniqueness(start_row: Ints, end_row: Ints) -> Floats:
    """Per label over rows start to end (both included): the mean of 1 / labels alive, 0 to 1."""
    if not len(start_row):
        return np.zeros(0)
    size = int(end_row.max()) + 2
    alive = np.zeros(size)
    np.add.at(alive, start_row, 1.0)
    np.add.at(alive, end_row + 1, -1.0)
    alive = np.cumsum(alive)
    share = np.divide(1.0, alive, out=np.zeros(size), where=alive > 0)
    total = np.r_[0.0, np.cumsum(share)]
    result: Floats = (total[end_row + 1] - total[start_row]) / (end_row - start_row + 1)
    return result


def _rows(series: CandleSeries, horizon_s: int) -> int:
    rows, rest = divmod(horizon_s, series.interval_s)
    if rest or rows < 1:
        raise CandlesRefused(
            f"{series.symbol}: a horizon of {horizon_s} s is no whole number of candles of "
            f"{series.interval_s} s; choose a multiple"
        )
    return rows


@compiled
def _barriers(
    opens: Floats,
    highs: Floats,
    lows: Floats,
    closes: Floats,
    stop_ratio: float,
    target_ratio: float,
    horizon: int,
    sign: float,
) -> tuple[Ints, Floats, npt.NDArray[np.int8]]:
    count = len(opens)
    exit_row = np.full(count, -1, dtype=np.int64)
    gross = np.full(count, np.nan)
    touched = np.zeros(count, dtype=np.int8)
    for row in range(count - horizon):
        entry = opens[row + 1]
        end = row + horizon
        exit_row[row] = end
        gross[row] = sign * (closes[end] / entry - 1.0)
        for at in range(row + 1, end + 1):
            worst = lows[at] if sign > 0 else highs[at]
            best = highs[at] if sign > 0 else lows[at]
            if sign * (worst / entry - 1.0) <= -stop_ratio:
                exit_row[row] = at
                gross[row] = min(-stop_ratio, sign * (opens[at] / entry - 1.0))
                touched[row] = -1
                break
            if sign * (best / entry - 1.0) >= target_ratio:
                exit_row[row] = at
                gross[row] = target_ratio
                touched[row] = 1
                break
    return exit_row, gross, touched
