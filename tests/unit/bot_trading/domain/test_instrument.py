"""Ids, steps and the direction of every rounding."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot_trading.domain.instrument import PositionIdx, round_down, round_up
from tests.builders.core import BTC, LONG, SHORT, an_instrument, d


@pytest.mark.parametrize(
    ("value", "down", "up"),
    [("1.2", "1.2", "1.2"), ("1.24", "1.2", "1.3"), ("-1.24", "-1.3", "-1.2"), ("0", "0", "0")],
)
def test_rounding_moves_in_the_stated_direction_only(value: str, down: str, up: str) -> None:
    """A value on the step stays; any other moves to the next step in the direction asked for."""
    step = Decimal("0.1")
    assert round_down(d(value), step) == d(down)
    assert round_up(d(value), step) == d(up)


def test_position_indices_are_the_exchanges_own_numbers() -> None:
    """0 one-way, 1 long, 2 short, as Bybit V5 sends them."""
    assert [int(idx) for idx in PositionIdx] == [0, 1, 2]


def test_a_leg_knows_its_instrument_and_its_direction() -> None:
    """The leg's id alone answers both."""
    assert LONG.instrument_id == SHORT.instrument_id == BTC
    assert LONG.is_long
    assert not SHORT.is_long
    assert (str(BTC), str(SHORT)) == ("BTCUSDT.bybit", "BTCUSDT.bybit-SHORT")


@pytest.mark.parametrize("field", ["tick_size", "qty_step", "min_qty"])
@pytest.mark.parametrize("value", ["0", "-0.1"])
def test_steps_and_minimum_are_above_zero(field: str, value: str) -> None:
    """An instrument that could not be rounded to is refused when it is made."""
    with pytest.raises(ValueError, match="above zero"):
        an_instrument(**{field: d(value)})


def test_a_quantity_is_never_rounded_upward() -> None:
    """Half a step and more is cut off."""
    assert an_instrument().quantity_down(d("0.0019999")) == d("0.001")


def test_a_price_is_rounded_where_its_caller_says() -> None:
    """The caller knows which side is the safe one."""
    instrument = an_instrument()
    assert instrument.price_for(d("10.05"), towards_up=True) == d("10.1")
    assert instrument.price_for(d("10.05"), towards_up=False) == d("10.0")
