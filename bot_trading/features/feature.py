"""One entry of the catalogue, and entries that differ in a length only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["Feature", "per_length"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """What one number means.

    `formula` uses o, h, l, c, v for the candle's parts, r for ln(c / c[-1]), x[-k] for the value k
    rows earlier, sum_n and mean_n over the last n rows. `lookback_rows` counts the row itself.
    """

    name: str
    formula: str
    source: str
    unit: str
    lookback_rows: int
    why: str


def per_length(
    lengths: Iterable[int],
    name: str,
    formula: str,
    *,
    rows: Callable[[int], int],
    source: str,
    unit: str,
    why: str,
) -> tuple[Feature, ...]:
    """One feature per length n; `{n}` in name, formula and unit is replaced."""
    return tuple(
        Feature(
            name=name.format(n=n),
            formula=formula.format(n=n),
            source=source,
            unit=unit.format(n=n),
            lookback_rows=rows(n),
            why=why,
        )
        for n in lengths
    )
