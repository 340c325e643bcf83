"""The bounds of a group, and what a side's prices mean for its leg."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot_trading.arbitrage.group import Bounds, Side
from bot_trading.domain.instrument import LegId, PositionIdx


def _side(idx: PositionIdx) -> Side:
    return Side(leg_id=LegId("bybit", "BTCUSDT", idx), bid=Decimal(99), ask=Decimal(101))


def test_a_long_leg_buys_at_the_ask_and_leaves_at_the_bid() -> None:
    """Entering and leaving take the other side of the book; a long leg loses when prices fall."""
    side = _side(PositionIdx.LONG)
    assert (side.open_px, side.close_px) == (Decimal(101), Decimal(99))
    assert side.worse(Decimal(100), Decimal(90)) == Decimal(10)


def test_a_short_leg_does_the_opposite() -> None:
    """A short leg sells at the bid, buys back at the ask, and loses when prices rise."""
    side = _side(PositionIdx.SHORT)
    assert (side.open_px, side.close_px) == (Decimal(99), Decimal(101))
    assert side.worse(Decimal(100), Decimal(90)) == Decimal(-10)


def test_half_of_the_loss_bound_is_acted_on() -> None:
    """The other half is left to the closing itself."""
    bounds = Bounds(settle_us=1, one_sided_max_us=2, close_again_us=1, loss_max=Decimal(5))
    assert bounds.loss_acted_on == Decimal("2.5")


@pytest.mark.parametrize(
    ("settle_us", "close_again_us", "loss_max"), [(500, 50, 1), (0, 50, 1), (1, 0, 1), (1, 1, 0)]
)
def test_bounds_that_cannot_hold_are_refused(
    settle_us: int, close_again_us: int, loss_max: int
) -> None:
    """Settling has to leave time for closing, and no bound is zero."""
    with pytest.raises(ValueError, match=r"above zero|between 0"):
        Bounds(
            settle_us=settle_us,
            one_sided_max_us=500,
            close_again_us=close_again_us,
            loss_max=Decimal(loss_max),
        )
