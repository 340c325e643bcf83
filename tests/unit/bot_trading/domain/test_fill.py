"""Whether an execution grows or shrinks its leg."""

from __future__ import annotations

import pytest

from bot_trading.domain.instrument import LegId
from bot_trading.domain.order import OrderSide
from tests.builders.core import LONG, SHORT, a_fill


@pytest.mark.parametrize(
    ("leg", "side", "opens"),
    [
        (LONG, OrderSide.BUY, True),
        (LONG, OrderSide.SELL, False),
        (SHORT, OrderSide.SELL, True),
        (SHORT, OrderSide.BUY, False),
    ],
)
def test_leg_and_side_together_tell_what_a_fill_does(
    leg: LegId, side: OrderSide, opens: bool
) -> None:
    """The same BUY opens a long leg and closes a short one."""
    assert a_fill(leg_id=leg, side=side).is_opening is opens
