"""What a leg says of itself."""

from __future__ import annotations

from bot_trading.domain.position import PositionLeg
from tests.builders.core import LONG, d


def test_a_new_leg_is_flat_and_has_no_price() -> None:
    """Nothing held means no average price: None, not zero."""
    leg = PositionLeg(leg_id=LONG)
    assert leg.is_flat
    assert leg.avg_px is None
    assert leg.episode == 0


def test_the_average_price_is_what_the_open_quantity_cost() -> None:
    """Entry value by quantity."""
    leg = PositionLeg(leg_id=LONG, quantity=d("0.4"), entry_value=d("20000"))
    assert leg.avg_px == d("50000")
    assert not leg.is_flat


def test_a_quantity_of_zero_with_decimals_is_flat() -> None:
    """0.000 and -0 are zero."""
    assert PositionLeg(leg_id=LONG, quantity=d("0.000")).is_flat
    assert PositionLeg(leg_id=LONG, quantity=d("-0")).is_flat
