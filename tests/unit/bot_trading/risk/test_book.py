"""Tail losses and stress: by hand, against a slow way, and what they refuse."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.risk.book import STRESS_DAYS, Holding, stress_losses, tail_loss
from tests.builders.core import d


def _long(symbol: str, notional: str) -> Holding:
    return Holding(symbol=symbol, notional=d(notional), is_long=True)


def _short(symbol: str, notional: str) -> Holding:
    return Holding(symbol=symbol, notional=d(notional), is_long=False)


def test_the_worst_of_a_hundred_days_is_the_value_at_risk_of_99_percent() -> None:
    """One of a hundred lies in the tail, so both figures are that day."""
    returns = {"X": [d(-n) / 1000 for n in range(100)]}
    found = tail_loss([_long("X", "1000")], returns)
    assert (found.value_at_risk, found.expected_shortfall, found.scenarios) == (99, 99, 100)


def test_the_shortfall_is_the_mean_of_the_tail() -> None:
    """The five worst of a hundred."""
    returns = {"X": [d(-n) / 1000 for n in range(100)]}
    found = tail_loss([_long("X", "1000")], returns, d("0.95"))
    assert (found.value_at_risk, found.expected_shortfall) == (95, 97)


def test_two_legs_of_a_symbol_hedge_each_other() -> None:
    """What the long loses the short gains."""
    book = [_long("X", "500"), _short("X", "500")]
    found = tail_loss(book, {"X": [d("-0.5"), d("0.5")]})
    assert (found.value_at_risk, found.expected_shortfall) == (0, 0)


def test_a_short_loses_when_prices_rise() -> None:
    """Its tail is the other one."""
    assert tail_loss([_short("X", "100")], {"X": [d("-0.5"), d("0.2")]}).value_at_risk == 20


@pytest.mark.parametrize(
    ("returns", "confidence", "words"),
    [
        ({}, "0.99", "missing for"),
        ({"Y": [d(1)]}, "0.99", "missing for"),
        ({"X": []}, "0.99", "lengths"),
        ({"X": [d(1)], "Y": [d(1), d(2)]}, "0.99", "lengths"),
        ({"X": [d(1)]}, "1", "strictly between"),
        ({"X": [d(1)]}, "0", "strictly between"),
    ],
)
def test_a_figure_that_would_leave_something_out_is_refused(
    returns: dict[str, list[Decimal]], confidence: str, words: str
) -> None:
    """Too little history of one symbol is no smaller risk."""
    with pytest.raises(ValueError, match=words):
        tail_loss([_long("X", "1")], returns, d(confidence))


@given(
    st.lists(st.integers(-500, 500), min_size=1, max_size=80),
    st.lists(st.tuples(st.booleans(), st.integers(1, 10_000)), min_size=1, max_size=6),
    st.integers(50, 99),
)
def test_both_figures_are_those_of_the_definition(
    moves: list[int], legs: list[tuple[bool, int]], confidence: int
) -> None:
    """Sorted losses, counted out one by one; the shortfall is never the smaller."""
    book = [Holding(symbol="X", notional=d(value), is_long=side) for side, value in legs]
    net = sum(value if side else -value for side, value in legs)
    losses = sorted((-net * move for move in moves), reverse=True)
    count = max(1, math.ceil((100 - confidence) * len(moves) / 100))
    found = tail_loss(book, {"X": [d(move) / 1000 for move in moves]}, d(confidence) / 100)
    assert found.value_at_risk == max(d(losses[count - 1]) / 1000, 0)
    assert found.expected_shortfall >= found.value_at_risk


def test_the_worst_days_are_applied_to_what_is_held() -> None:
    """A long leg in each of two symbols on 12 March 2020, and a symbol that no table names."""
    losses = stress_losses([_long("BTCUSDT", "1000"), _long("ETHUSDT", "1000")])
    assert losses["2020-03-12"] == d("964")
    assert stress_losses([_long("DOGEUSDT", "1000")])["2020-03-12"] == d("512")
    assert stress_losses([_short("BTCUSDT", "1000")])["2020-03-12"] == d("-452")
    assert set(losses) == {day.day for day in STRESS_DAYS}


def test_every_fall_is_a_fall() -> None:
    """Percent above zero and below a hundred, for each symbol of each day."""
    for day in STRESS_DAYS:
        assert all(0 < fall < 100 for fall in day.fall_percent.values())
