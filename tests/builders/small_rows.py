"""Rows with outcomes made by hand, for tests of what is computed from outcomes."""

from __future__ import annotations

import numpy as np

from bot_trading.ml.dataset import Dataset, Side
from bot_trading.ml.labels import Costs

__all__ = ["COSTS", "DAY_US", "STEP_US", "dataset"]

STEP_US = 300_000_000
DAY_US = 86_400_000_000
COSTS = Costs(taker_fee_ratio=0.0004, slippage_ratio=0.0001)


def _side(gross: np.ndarray, decided_us: np.ndarray, rows: int, funding: float = 0.0) -> Side:
    return Side(
        gross=gross,
        funding=np.full(len(gross), funding),
        exit_us=decided_us + rows * STEP_US,
        win=(gross > COSTS.round_trip_ratio).astype(np.float64),
    )


def dataset(
    gross: np.ndarray, *, rows: int = 1, symbols: int = 1, step_us: int = STEP_US
) -> Dataset:
    """Rows whose long earns `gross` and whose short loses it, `rows` candles later."""
    count = len(gross) // symbols
    decided_us = np.tile(np.arange(count) * step_us, symbols)
    return Dataset(
        symbols=tuple(f"S{at}" for at in range(symbols)),
        names=("f0",),
        interval_s=300,
        symbol_at=np.repeat(np.arange(symbols), count).astype(np.int16),
        decided_us=decided_us,
        rows=np.zeros((len(gross), 1)),
        long=_side(gross, decided_us, rows, 0.0002),
        short=_side(-gross, decided_us, rows, -0.0002),
        close=np.full(len(gross), 100.0),
        trend=np.sign(gross),
        returns=np.repeat(gross[:, None], 4, axis=1),
        funding_sum=np.zeros(len(gross)),
    )
