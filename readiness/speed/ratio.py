"""How many times one series of latencies is the other, with an interval that respects time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

__all__ = ["Ratio", "percentile", "ratio_of_medians"]

BLOCK = 10  # What slows one order slows its neighbours: they are drawn together.
DRAWS = 2_000
SAMPLES_MIN = 2
Medians = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """An estimate with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def percentile(values: Sequence[float], percent: float) -> float:
    """A percentile, between neighbours where it falls between them; NaN of nothing."""
    return float(np.percentile(values, percent)) if values else float("nan")


def ratio_of_medians(above: Sequence[float], below: Sequence[float], seed: int = 7) -> Ratio:
    """Median of `above` over median of `below`, both in the order of time.

    The ends come from a circular block bootstrap of each series by itself (Politis and Romano
    1992), in blocks of ten. NaN with fewer than two values.
    """
    if min(len(above), len(below)) < SAMPLES_MIN:
        nothing = float("nan")
        return Ratio(value=nothing, low=nothing, high=nothing)
    drawn = _medians(tuple(above), seed) / _medians(tuple(below), seed + 1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    value = percentile(above, 50) / percentile(below, 50)
    return Ratio(value=value, low=float(low), high=float(high))


@lru_cache(maxsize=2)  # The old bot's samples are judged again beside every planted mistake.
def _medians(values: tuple[float, ...], seed: int) -> Medians:
    """Medians of series put together of blocks that begin anywhere, round the end."""
    from arch.bootstrap import CircularBlockBootstrap  # Takes seconds, which only a judgement has.

    block = min(BLOCK, len(values))
    drawer = CircularBlockBootstrap(block, np.array(values), seed=seed)
    found: Medians = drawer.apply(np.median, DRAWS)[:, 0]
    return found
