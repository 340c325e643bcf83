"""Does the money add up?"""

from __future__ import annotations

from bot_trading.domain.order import OrderSide
from bot_trading.domain.position import PositionLeg
from bot_trading.portfolio.audit import fills_differences, net_result, wallet_difference
from tests.builders.core import LONG, SHORT, a_fill, d


def _leg(**parts: object) -> PositionLeg:
    return PositionLeg(leg_id=LONG, **parts)  # type: ignore[arg-type]


def test_a_leg_changes_the_wallet_by_gain_less_commission_plus_funding() -> None:
    """Open profit is not in the wallet."""
    leg = _leg(realized_pnl=d(10), commission=d(3), funding=d("-1"), quantity=d(5))
    assert net_result([leg]) == 6
    assert net_result([]) == 0


def test_a_wallet_that_moved_as_the_legs_explain_differs_by_zero() -> None:
    """To the last decimal; anything else is reported as it is."""
    leg = _leg(realized_pnl=d("10.00000001"))
    assert wallet_difference(d(100), d(4), d("106.00000001"), [leg]) == 0
    assert wallet_difference(d(100), d(4), d("106"), [leg]) == d("-1E-8")


def test_fills_that_sum_to_their_legs_leave_no_difference() -> None:
    """Opening counts up, closing down, per leg."""
    fills = [
        a_fill(),
        a_fill(trade_id="t-2", side=OrderSide.SELL, last_qty=d("0.004")),
        a_fill(trade_id="t-3", leg_id=SHORT, side=OrderSide.SELL),
    ]
    short = PositionLeg(leg_id=SHORT, quantity=d("0.01"))
    assert fills_differences(fills, {LONG: _leg(quantity=d("0.006")), SHORT: short}) == ()


def test_a_leg_without_fills_and_fills_without_a_leg_are_both_told() -> None:
    """Missing means zero on that side."""
    assert fills_differences([a_fill()], {}) == ((LONG, d("0.010"), d(0)),)
    assert fills_differences([], {LONG: _leg(quantity=d(1))}) == ((LONG, d(0), d(1)),)
