"""Resting orders that change in place: asked for, told by the order's own reports, given up.

An amend is under way until the order is told as it was asked to be, or has ended, or the exchange
refused; its acceptance proves nothing, and one that nobody answered is asked about. Nothing of it
is stored: a start reads what rests, and amends what does not fit.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.messages import AmendAnswered, AmendOrder, Announce, Command
from bot_trading.domain.order import Order
from bot_trading.engine.state import Amend, EngineState

__all__ = ["is_amending", "on_amend_answered", "send_amend", "settle_amend"]


def send_amend(
    state: EngineState, order: Order, quantity: Decimal, price: Decimal, out: list[Command]
) -> bool:
    """Ask for all of `quantity` at `price`; False when a change was asked for a moment ago."""
    config, order_id = state.config, order.client_order_id
    key = ("amend", order_id)
    if not state.pacing.is_due(key, state.now_us):
        return False
    state.pacing.ask(key, state.now_us, config.ask_again_us, config.ask_again_max_us)
    state.amends[order_id] = Amend(quantity=quantity, price=price, asked_us=state.now_us)
    state.unsettled[order_id] = state.now_us
    out.append(AmendOrder(order=order, quantity=quantity, price=price))
    text = f"{order.purpose} on {order.leg_id} becomes {quantity:f} at {price:f}"
    out.append(Announce(level="INFO", text=text, leg_id=order.leg_id))
    return True


def is_amending(state: EngineState, order: Order) -> bool:
    """True while nobody told what became of a change of the order."""
    amend = state.amends.get(order.client_order_id)
    return amend is not None and not amend.is_refused and not order.status.is_terminal


def on_amend_answered(state: EngineState, event: AmendAnswered, out: list[Command]) -> None:
    """A refusal proves that the order is as it was; it is then canceled and sent anew."""
    amend = state.amends.get(event.client_order_id)
    order = state.orders.get(event.client_order_id)
    if amend is None or order is None or not event.refusal:
        return
    state.amends[event.client_order_id] = replace(amend, is_refused=True)
    text = f"a change of {order.purpose} on {order.leg_id} was refused: {event.refusal}"
    out.append(Announce(level="WARNING", text=text, leg_id=order.leg_id))


def settle_amend(state: EngineState, order: Order) -> None:
    """A report of the order ends what was asked of it: the change is there, or it can be under way
    no more."""
    amend = state.amends.get(order.client_order_id)
    if amend is None or amend.is_refused:
        return
    is_there = (order.quantity, order.price) == (amend.quantity, amend.price)
    if not is_there and state.now_us - amend.asked_us < state.config.reach_us:
        return
    del state.amends[order.client_order_id]
    if is_there:
        state.pacing.forget(("amend", order.client_order_id))
