"""A run of approvals in random worlds never passes a limit."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.order import ApprovedOrder, OrderSide
from bot_trading.risk.reservations import Reservations
from bot_trading.risk.review import review
from tests.builders.core import LONG, NOW_US, SHORT, a_view, an_intent, risk_limits


@settings(deadline=None, print_blob=True, max_examples=100)
@given(
    wants=st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=30),
    is_open=st.decimals(0, 7_000, places=2),
)
def test_what_is_open_and_reserved_never_passes_a_limit_at_approval(
    wants: list[tuple[bool, int]], is_open: Decimal
) -> None:
    """Leg and total, with everything that was approved before and has not filled."""
    held, limits = Reservations(), risk_limits()
    for n, (is_long, thousandths) in enumerate(wants):
        leg = LONG if is_long else SHORT
        intent = an_intent(
            client_order_id=f"o-{n}",
            leg_id=leg,
            side=OrderSide.BUY if is_long else OrderSide.SELL,
            quantity=Decimal(thousandths) / 1000,
            stop_loss=Decimal(49_000 if is_long else 51_000),
            take_profit=None,
        )
        leg_open = is_open if is_long else Decimal(0)
        view = a_view(
            leg_notional=leg_open,
            total_notional=is_open,
            leg_reserved=held.of_leg(leg),
            total_reserved=held.total,
        )
        if isinstance(review(intent, view, limits, held, NOW_US), ApprovedOrder):
            assert intent.notional <= limits.order_notional_max_usdt
            assert leg_open + held.of_leg(leg) <= limits.leg_exposure_max_usdt
            assert is_open + held.total <= limits.total_exposure_max_usdt
