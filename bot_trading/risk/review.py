"""The one door out: only `review` mints an `ApprovedOrder`; approval reserves what it spends."""

from __future__ import annotations

from bot_trading.domain.order import ApprovedOrder, OrderIntent
from bot_trading.risk.checks import ENTRY_CONTROLS, EVERY_ORDER_CONTROLS
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.reservations import Reservations
from bot_trading.risk.view import Denial, ExitView, RiskView

__all__ = ["examine", "review"]


def examine(intent: OrderIntent, view: RiskView | ExitView, limits: RiskLimits) -> Denial | None:
    """The first control that refuses, or None; reserves nothing.

    An order that only shrinks its leg passes the controls of every order and no others: exits must
    work when nothing else does. An entry needs the whole view.
    """
    for each in EVERY_ORDER_CONTROLS:
        if denial := each(intent, view, limits):
            return denial
    if intent.reduce_only:
        return None
    if isinstance(view, ExitView):
        return Denial(control="risk_view", measured="that of an exit", limit="that of an entry")
    for control in ENTRY_CONTROLS:
        if denial := control(intent, view, limits):
            return denial
    return None


def review(
    intent: OrderIntent,
    view: RiskView | ExitView,
    limits: RiskLimits,
    reservations: Reservations,
    now_us: int,
) -> ApprovedOrder | Denial:
    """Approve and reserve in one step, so that two intents cannot pass on the same headroom."""
    if denial := examine(intent, view, limits):
        return denial
    if not intent.reduce_only:
        reservations.hold(
            intent.client_order_id, intent.leg_id, intent.quantity, intent.reference_px
        )
    return ApprovedOrder(intent=intent, ts_approved_us=now_us)
