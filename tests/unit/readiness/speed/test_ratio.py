"""A ratio has an interval that holds it, that repeats, and that says nothing of nothing."""

from __future__ import annotations

from random import Random

import pytest

from readiness.speed.ratio import percentile, ratio_of_medians


def series(median: float, count: int, spread: float, seed: int = 3) -> list[float]:
    """Values around a median."""
    draw = Random(seed)
    return [median + draw.uniform(-spread, spread) for _ in range(count)]


def test_the_interval_holds_the_ratio_and_repeats() -> None:
    """The same samples give the same interval, around the ratio of their medians."""
    old, new = series(30.0, 60, 3.0), series(3.0, 60, 0.3)
    ratio = ratio_of_medians(old, new)
    assert ratio.low <= ratio.value <= ratio.high
    assert ratio == ratio_of_medians(old, new)
    assert ratio.value == pytest.approx(10, rel=0.2)


def test_neighbours_are_drawn_together() -> None:
    """Slow stretches widen the interval more than the same values strewn about."""
    slow = [1.0] * 50 + [10.0] * 50
    strewn = list(slow)
    Random(1).shuffle(strewn)
    steady = series(1.0, 100, 0.01)
    together, apart = ratio_of_medians(slow, steady), ratio_of_medians(strewn, steady)
    assert together.high - together.low >= apart.high - apart.low


def test_fewer_values_than_a_block_still_have_an_interval() -> None:
    """The block is then the whole series."""
    ratio = ratio_of_medians([2.0, 2.0, 2.0], [1.0, 1.0])
    assert (ratio.low, ratio.value, ratio.high) == (2.0, 2.0, 2.0)


def test_nothing_has_no_median() -> None:
    """No plausible number stands for what was not measured."""
    nothing = ratio_of_medians([], [1.0])
    assert nothing.value != nothing.value
    assert percentile([], 50) != percentile([], 50)
