"""What a benchmark says of its samples: a value with its interval, and how busy the machine was."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

__all__ = ["load", "percentile_interval", "with_interval"]


def percentile_interval(ranked: Sequence[float], share: float) -> tuple[float, float, float]:
    """The value at `share`, and the bounds that hold the true one with 95 % (normal binomial)."""
    n = len(ranked)
    half = 1.96 * math.sqrt(n * share * (1 - share))
    places = (n * share, n * share - half, n * share + half)
    at, low, high = (ranked[min(max(int(place), 0), n - 1)] for place in places)
    return at, low, high


def with_interval(ranked: Sequence[float], share: float, digits: int = 2) -> str:
    """The value at `share` of ranked samples with its 95 % interval behind it."""
    at, low, high = (f"{each:,.{digits}f}" for each in percentile_interval(ranked, share))
    return f"{at} ({low} – {high})"


def load() -> str:
    """The load of the last one, five and fifteen minutes: beside others, walls say little."""
    return "load " + ", ".join(f"{each:.1f}" for each in os.getloadavg())
