"""Averages as weights against TA-Lib on random prices."""

from __future__ import annotations

import numpy as np
import pytest
import talib

from bot_trading.features import weights

PRICES = np.random.default_rng(3).normal(100, 3, 200)


@pytest.mark.parametrize("n", [2, 5, 14, 30])
def test_smoothings_are_talibs(n: int) -> None:
    """Each vector of weights gives TA-Lib's last value on the rows that it spans."""
    rows = 150
    last = PRICES[-rows:]
    assert weights.ema(n, rows) @ last == pytest.approx(talib.EMA(last, n)[-1], rel=1e-12)
    assert weights.dema(n, rows) @ last == pytest.approx(talib.DEMA(last, n)[-1], rel=1e-12)
    assert weights.tema(n, rows) @ last == pytest.approx(talib.TEMA(last, n)[-1], rel=1e-12)
    assert weights.linear(n) @ PRICES[-n:] == pytest.approx(talib.WMA(PRICES, n)[-1], rel=1e-12)
    triangle = weights.triangular(n) @ PRICES[-n:]
    assert triangle == pytest.approx(talib.TRIMA(PRICES, n)[-1], rel=1e-12)
    end = weights.linreg_end(n) @ PRICES[-n:]
    assert end == pytest.approx(talib.LINEARREG(PRICES, n)[-1], rel=1e-12)


def test_wilders_average_is_the_one_in_talibs_atr() -> None:
    """On candles whose true range is the series itself, the ATR is the weighted sum."""
    ranges = np.abs(PRICES[-100:])
    flat = np.zeros(100)
    atr = talib.ATR(flat + ranges, flat, flat, 14)[-1]
    assert weights.wilder(14, 99) @ ranges[1:] == pytest.approx(atr, rel=1e-12)


@pytest.mark.parametrize(
    "average",
    [
        weights.ema(9, 60),
        weights.wilder(9, 60),
        weights.dema(9, 60),
        weights.tema(9, 60),
        weights.linear(60),
        weights.triangular(60),
        weights.linreg_end(60),
        weights.decay(0.94, 60),
        weights.tsi(25, 13, 60),
        weights.trix(15, 60)[0],
    ],
)
def test_an_average_of_equal_values_is_that_value(average: np.ndarray) -> None:
    """The weights of an average add up to 1."""
    assert average.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    "difference",
    [*weights.macd(12, 26, 9, 60), weights.linreg_slope(9)],
)
def test_a_difference_of_equal_values_is_nothing(difference: np.ndarray) -> None:
    """The weights of a difference add up to 0."""
    assert difference.sum() == pytest.approx(0.0, abs=1e-12)


def test_fractional_weights_are_the_binomial_series() -> None:
    """Order 1 is the plain difference, order 0.5 begins 1, -1/2, -1/8, -1/16."""
    assert weights.fractional(1.0, 4) == pytest.approx([0, 0, -1, 1])
    assert weights.fractional(0.5, 4) == pytest.approx([-1 / 16, -1 / 8, -1 / 2, 1])
