"""The orders of a group: intents, their review, and what is written down before they leave."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import count

from bot_trading.domain.group import LegGroup
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import Announce, Command, Record, RiskEvent, SubmitOrder
from bot_trading.domain.order import (
    ApprovedOrder,
    OrderIntent,
    OrderPurpose,
    OrderSide,
    OrderType,
    TimeInForce,
)
from bot_trading.engine.leave import exit_id
from bot_trading.engine.risk_view import exit_view, risk_view
from bot_trading.engine.state import EngineState
from bot_trading.execution.ids import derive_client_order_id
from bot_trading.execution.orders import order_from
from bot_trading.market.prices import entry_price, valuation_price
from bot_trading.risk.group_review import review_group
from bot_trading.risk.review import review
from bot_trading.risk.view import Denial, RiskView
from bot_trading.sltp.bracket import bracket

__all__ = ["close_part", "entry_intent", "note_denial", "review_entries", "send"]


def entry_intent(
    state: EngineState, group: LegGroup, leg_id: LegId, quantity: Decimal
) -> OrderIntent | Denial:
    """An entry into one leg of a group with its stop, or why there cannot be one."""
    instrument = state.instruments[leg_id.instrument_id]
    quote = state.quotes.get(leg_id.instrument_id)
    price = entry_price(quote, buys=leg_id.is_long) if quote else None
    if price is None:
        return Denial(control="price_age_max_ms", measured="no price seen", limit="a price")
    levels = bracket(state.config.barrier, leg_id, price, instrument)
    if levels is None:
        return Denial(control="stop_distance", measured="below one tick", limit="one tick")
    return OrderIntent(
        client_order_id=derive_client_order_id(
            state.config.account,
            OrderPurpose.ENTRY,
            group.group_id,
            str(leg_id),
            str(group.fill_ups),
        ),
        leg_id=leg_id,
        side=OrderSide.BUY if leg_id.is_long else OrderSide.SELL,
        order_type=OrderType.MARKET,
        quantity=quantity,
        reference_px=price,
        time_in_force=TimeInForce.IOC,
        stop_loss=levels.stop_loss,
        purpose=OrderPurpose.ENTRY,
        ts_created_us=state.now_us,
    )


def review_entries(
    state: EngineState, intents: tuple[OrderIntent, ...]
) -> tuple[ApprovedOrder, ...] | Denial:
    """All of them approved and reserved, or the first denial and nothing reserved."""

    def view_of(intent: OrderIntent) -> RiskView:
        leg_id, order_id = intent.leg_id, intent.client_order_id
        return risk_view(state, leg_id, order_id, quantity=intent.quantity)

    limits = state.config.limits
    return review_group(intents, view_of, limits, state.reservations, state.now_us)


def close_part(
    state: EngineState,
    group_id: str,
    leg_id: LegId,
    quantity: Decimal,
    stale: Decimal,
    cause: str,
    out: list[Command],
) -> None:
    """Close a part of a leg at market, reduce-only, as far as the exchange's step reaches. A close
    without an answer, `stale`, does not stand in the way of the next one: twice closes nothing
    twice."""
    instrument, quote = (
        state.instruments[leg_id.instrument_id],
        state.quotes.get(leg_id.instrument_id),
    )
    price = (valuation_price(quote) if quote else None) or state.leg(leg_id).avg_px
    if price is None:
        return
    first_us, max_us = _pace(state)
    state.pacing.ask(("exit", leg_id), state.now_us, first_us, max_us)
    piece = instrument.quantity_down(min(quantity, instrument.max_market_qty))
    if piece == 0:
        dust, step = f"{quantity.normalize():f}", f"{instrument.qty_step.normalize():f}"
        denial = Denial(control="dust", measured=dust, limit=f"a step of {step}")
        _tell_stuck(state, group_id, leg_id, denial, out)
        return
    attempts = (exit_id(state.config.account, f"{group_id}-{leg_id}", n) for n in count(1))
    intent = OrderIntent(
        client_order_id=next(each for each in attempts if state.order(each) is None),
        leg_id=leg_id,
        side=OrderSide.SELL if leg_id.is_long else OrderSide.BUY,
        order_type=OrderType.MARKET,
        quantity=piece,
        reference_px=price,
        time_in_force=TimeInForce.IOC,
        reduce_only=True,
        purpose=OrderPurpose.EXIT,
        ts_created_us=state.now_us,
    )
    view = exit_view(state, leg_id, intent.client_order_id)
    view = replace(view, closing_qty=view.closing_qty - stale)
    verdict = review(intent, view, state.config.limits, state.reservations, state.now_us)
    if isinstance(verdict, Denial):
        name = f"{intent.client_order_id}:{verdict.control}"
        note_denial(state, verdict, name, "DENIED", leg_id, out)
        if verdict.control != "exit_quantity":  # Other closes of the leg are under way.
            _tell_stuck(state, group_id, leg_id, verdict, out)
        return
    send(state, verdict, group_id, cause, out)
    text = f"closing {intent.quantity:f} of {leg_id}: {cause}"
    out.append(Announce(level="INFO", text=text, leg_id=leg_id))


def _tell_stuck(
    state: EngineState, group_id: str, leg_id: LegId, denial: Denial, out: list[Command]
) -> None:
    """A leg that may not be closed is said once for each reason: it hangs."""
    name = f"{group_id}:{leg_id}:{denial.control}"
    if name not in state.risk.alarms:
        state.risk.alarms.add(name)
        text = f"{leg_id} of {group_id} cannot be closed: {denial.control}"
        text = f"{text} is {denial.measured}, expected {denial.limit}"
        out.append(Announce(level="ERROR", text=text, leg_id=leg_id))


def _pace(state: EngineState) -> tuple[int, int]:
    """After which wait a close may be repeated, and after which at most."""
    spec = state.config.arbitrage
    again_us = state.config.ask_again_us if spec is None else spec.bounds.close_again_us
    return again_us, max(again_us, state.config.ask_again_us)


def send(
    state: EngineState, approved: ApprovedOrder, group_id: str, note: str, out: list[Command]
) -> None:
    """File the order with its group, and let it be written down and sent."""
    order = replace(order_from(approved), group_id=group_id)
    state.put_order(order)
    state.unsettled[order.client_order_id] = state.now_us
    out.append(Record(row=order, ts_init_us=state.now_us, note=note))
    out.append(SubmitOrder(approved=approved))


def note_denial(
    state: EngineState,
    denial: Denial,
    event_id: str,
    action: str,
    leg_id: LegId,
    out: list[Command],
) -> None:
    """Write a denial down with control, measured value and limit."""
    state.counters[f"denied:{denial.control}"] += 1
    row = RiskEvent(
        event_id=event_id,
        control=denial.control,
        measured=denial.measured,
        limit=denial.limit,
        action=action,
        leg_id=leg_id,
        signal_id=None,
        ts_init_us=state.now_us,
    )
    out.append(Record(row=row, ts_init_us=state.now_us))
