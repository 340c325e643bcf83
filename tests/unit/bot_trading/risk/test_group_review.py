"""Several entries as one decision: approved together, or nothing is held."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.order import OrderIntent, OrderSide
from bot_trading.risk.group_review import review_group
from bot_trading.risk.reservations import Reservations
from bot_trading.risk.view import Denial, RiskView
from tests.builders.core import NOW_US, SHORT, a_view, an_intent, d, risk_limits

FIRST = an_intent()
SECOND = an_intent(
    client_order_id="ent-2",
    leg_id=SHORT,
    side=OrderSide.SELL,
    stop_loss=d("50300"),
    take_profit=None,
)


def _calm(intent: OrderIntent) -> RiskView:
    return a_view()


def test_all_are_approved_and_reserved() -> None:
    """Each order of the group holds what it may spend, from the same instant on."""
    held = Reservations()
    approved = review_group((FIRST, SECOND), _calm, risk_limits(), held, NOW_US)
    assert not isinstance(approved, Denial)
    assert [each.intent for each in approved] == [FIRST, SECOND]
    assert held.total == FIRST.notional + SECOND.notional


def test_one_denial_denies_all() -> None:
    """What was approved before the denial gives its reservation back."""
    held = Reservations()

    def view_of(intent: OrderIntent) -> RiskView:
        return a_view(not_ready="down" if intent is SECOND else "")

    verdict = review_group((FIRST, SECOND), view_of, risk_limits(), held, NOW_US)
    assert isinstance(verdict, Denial)
    assert verdict.control == "exchange_ready"
    assert held.total == 0
    assert not held.holds(FIRST.client_order_id)


def test_what_is_raised_leaves_nothing_reserved() -> None:
    """A view that cannot be made gives back what was approved before it."""
    held = Reservations()

    def view_of(intent: OrderIntent) -> RiskView:
        if intent is SECOND:
            raise KeyError("no view")
        return a_view()

    with pytest.raises(KeyError):
        review_group((FIRST, SECOND), view_of, risk_limits(), held, NOW_US)
    assert not held.holds(FIRST.client_order_id)


def test_later_orders_are_asked_with_earlier_ones_in_flight() -> None:
    """The second order sees what the first one reserved, and counts it as a message sent."""
    held, seen = Reservations(), []

    def view_of(intent: OrderIntent) -> RiskView:
        seen.append(held.total)
        return a_view()

    assert review_group((FIRST, SECOND), view_of, risk_limits(), held, NOW_US)
    assert seen == [0, FIRST.notional]
    limits = replace(risk_limits(), messages_per_second_max=1)
    verdict = review_group((FIRST, SECOND), _calm, limits, Reservations(), NOW_US)
    assert isinstance(verdict, Denial)
    assert verdict.control == "messages_per_second_max"


def test_each_order_counts_as_an_execution_to_come() -> None:
    """A throttle with room for one entry lets no group of two pass."""
    limits = replace(risk_limits(), executions_max=1)
    verdict = review_group((FIRST, SECOND), _calm, limits, Reservations(), NOW_US)
    assert isinstance(verdict, Denial)
    assert verdict.control == "executions_max"
