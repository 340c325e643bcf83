"""Rounding of quantities and prices in v2's floats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legacy_v2.orders import Instrument, opposite

BTC = Instrument(symbol="BTCUSDT", price_decimals=1, quantity_decimals=3, min_quantity=0.001)


@given(steps=st.integers(0, 10**6), part=st.floats(0.01, 0.98))
def test_quantities_are_rounded_down_to_the_step(steps: int, part: float) -> None:
    """What lies between two steps becomes the lower one; a step stays itself."""
    assert BTC.round_quantity(steps / 1_000) == steps / 1_000
    assert BTC.round_quantity((steps + part) / 1_000) == steps / 1_000


def test_prices_are_rounded_to_the_nearest_tick() -> None:
    """A tenth is the tick of this instrument."""
    assert BTC.round_price(60_000.04) == 60_000.0
    assert BTC.round_price(60_000.06) == 60_000.1


@pytest.mark.parametrize(("side", "other"), [("Buy", "Sell"), ("Sell", "Buy")])
def test_the_other_side_closes(side: str, other: str) -> None:
    """A long is sold and a short is bought back."""
    assert opposite(side) == other
