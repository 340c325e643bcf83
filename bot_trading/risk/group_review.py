"""Several orders as one decision: all of them pass the one door, or none does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.order import ApprovedOrder, OrderIntent
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.reservations import Reservations
from bot_trading.risk.review import review
from bot_trading.risk.view import Denial, RiskView

__all__ = ["review_group"]


def review_group(
    intents: Sequence[OrderIntent],
    view_of: Callable[[OrderIntent], RiskView],
    limits: RiskLimits,
    reservations: Reservations,
    now_us: int,
) -> tuple[ApprovedOrder, ...] | Denial:
    """Approve and reserve all entries of a group, or nothing at all.

    Each is looked at with those before it reserved and counted as sent; `view_of` is asked again
    for each, since exposure moved. A denial, or whatever is raised, gives back what the others
    held, so that nothing of the group stays reserved.
    """
    approved: list[ApprovedOrder] = []
    with ExitStack() as given_back:
        for intent in intents:
            view, before = view_of(intent), len(approved)
            view = replace(
                view,
                messages_last_second=view.messages_last_second + before,
                executions=view.executions + before,
            )
            verdict = review(intent, view, limits, reservations, now_us)
            if isinstance(verdict, Denial):
                return verdict
            given_back.callback(reservations.shrink, intent.client_order_id, Decimal(0))
            approved.append(verdict)
        given_back.pop_all()
    return tuple(approved)
