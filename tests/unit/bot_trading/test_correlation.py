"""Groups of symbols: chains of correlation, either sign, shrunk towards none."""

from __future__ import annotations

import random

import pytest

from bot_trading.correlation import estimate_here, grouped


def test_a_chain_of_correlations_is_one_group() -> None:
    """A with B and B with C is all three, whichever was looked at first."""
    correlation = [[1, 0.7, 0.1, 0], [0.7, 1, -0.6, 0], [0.1, -0.6, 1, 0.59], [0, 0, 0.59, 1]]
    assert grouped("ABCD", correlation, 0.6) == [["A", "B", "C"], ["D"]]
    assert grouped("ABCD", correlation, 0.55) == [["A", "B", "C", "D"]]
    assert grouped("ABCD", correlation, 0.71) == [["A"], ["B"], ["C"], ["D"]]
    assert grouped("", [], 0.5) == []


def test_two_groups_that_a_later_symbol_joins_become_one() -> None:
    """A and B are apart until C moves with both."""
    correlation = [[1, 0, 0.9], [0, 1, 0.9], [0.9, 0.9, 1]]
    assert grouped("ABC", correlation, 0.8) == [["A", "B", "C"]]


def test_few_returns_are_shrunk_more_than_many() -> None:
    """What ten periods show is not taken at its word; what four hundred show is."""
    chance = random.Random(7)
    market = [chance.gauss(0, 1) for _ in range(400)]
    drawn = {name: [move + chance.gauss(0, 0.5) for move in market] for name in "ABC"}
    drawn["D"] = [chance.gauss(0, 1) for _ in range(400)]
    few = {name: row[:10] for name, row in drawn.items()}
    many = estimate_here({"returns": drawn, "correlation_min": 0.6})
    less = estimate_here({"returns": few, "correlation_min": 0.6})
    assert less["shrinkage"] > many["shrinkage"]
    assert many["groups"] == [["A", "B", "C"], ["D"]]


@pytest.mark.parametrize("returns", [{}, {"A": []}, {"A": [0, 0, 0]}])
def test_what_never_moved_is_in_no_group(returns: dict[str, list[float]]) -> None:
    """Its correlation is unknown, so that it counts in every group."""
    assert estimate_here({"returns": returns, "correlation_min": 0.6})["groups"] == []
