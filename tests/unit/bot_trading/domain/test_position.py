"""What a leg says of itself."""

from __future__ import annotations

import pytest

from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import PositionLeg, is_looser
from tests.builders.core import LONG, SHORT, d


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


@pytest.mark.parametrize(
    ("leg_id", "candidate", "than", "looser"),
    [
        (LONG, "99", "100", True),
        (LONG, "100", "100", False),
        (LONG, "101", "100", False),
        (SHORT, "101", "100", True),
        (SHORT, "100", "100", False),
        (SHORT, "99", "100", False),
        (LONG, None, "100", True),
        (LONG, "1", None, False),
        (LONG, None, None, False),
    ],
)
def test_a_stop_is_looser_when_it_risks_more(
    leg_id: LegId, candidate: str | None, than: str | None, looser: bool
) -> None:
    """Further from profit; none at all risks everything."""
    first = None if candidate is None else d(candidate)
    second = None if than is None else d(than)
    assert is_looser(leg_id, first, second) is looser
