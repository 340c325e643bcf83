"""What the core does with answers, order reports, fills and funding."""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.account import ForeignPolicy
from bot_trading.domain.fill import Fill, FundingPayment
from bot_trading.domain.instrument import PositionIdx
from bot_trading.domain.messages import Announce, Command, QueryOrder, Record, SignalDecided
from bot_trading.domain.order import (
    Order,
    OrderOrigin,
    OrderPurpose,
    OrderStatus,
    TimeInForce,
)
from bot_trading.domain.position import LegProtection, PositionLeg
from bot_trading.domain.reports import (
    FillReport,
    FundingReport,
    LegReport,
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderReport,
)
from bot_trading.engine.beyond_rows import is_beyond_rows
from bot_trading.engine.decide import withdraw_targets
from bot_trading.engine.group_marks import marked, marked_order
from bot_trading.engine.on_amends import is_amending, settle_amend
from bot_trading.engine.on_exits import on_exit_fill, on_target_order
from bot_trading.engine.on_foreign import adoption_of, is_a_persons_fill, is_unkept, note_foreign
from bot_trading.engine.on_legs import ask_why, note_further_entry, note_other_commission, protect
from bot_trading.engine.state import EngineState
from bot_trading.execution import orders
from bot_trading.execution.ids import exchange_made_id
from bot_trading.execution.reconcile import leg_of_fill, leg_of_funding, to_fill
from bot_trading.portfolio.legs import LifeBooked, apply_funding, apply_in_order
from bot_trading.sltp.bracket import widened_never

__all__ = [
    "adopt_leg",
    "ask_about_unsettled",
    "on_accepted",
    "on_fill",
    "on_funding",
    "on_not_found",
    "on_order_report",
    "on_outcome_unknown",
    "on_rejected",
]

_ASKED_AT_A_START_MAX = 20


def on_accepted(state: EngineState, event: OrderAccepted, out: list[Command]) -> None:
    """The exchange took the order; what became of it will be reported."""
    order = state.order(event.client_order_id)
    if order is not None:
        after = orders.accept(order, event.exchange_order_id, event.ts_init_us)
        _settle(state, order, after, out)


def on_rejected(state: EngineState, event: OrderRejected, out: list[Command]) -> None:
    """The exchange refused the order; nothing of it exists there."""
    order = state.order(event.client_order_id)
    if order is None:
        return
    after = orders.reject(order, f"{event.code}: {event.reason}", event.ts_init_us)
    _settle(state, order, after, out)
    if after is not order:
        text = f"{order.purpose} on {order.leg_id} was refused: {after.reason}"
        out.append(Announce(level="WARNING", text=text, leg_id=order.leg_id))
        ask_why(state, order)


def on_outcome_unknown(state: EngineState, event: OrderOutcomeUnknown, out: list[Command]) -> None:
    """The send ended without proof: ask the exchange until evidence settles it."""
    order = state.order(event.client_order_id)
    if order is None:
        return
    after = orders.mark_unknown(order, event.reason, event.ts_init_us)
    if after is order:
        return
    state.put_order(after)
    state.unsettled[after.client_order_id] = state.now_us
    out.append(Record(row=after, ts_init_us=state.now_us, note="outcome unknown"))
    out.append(QueryOrder(leg_id=order.leg_id, client_order_id=order.client_order_id))
    text = f"outcome of {order.purpose} on {order.leg_id} is unknown: {event.reason}"
    out.append(Announce(level="WARNING", text=text, leg_id=order.leg_id))
    _decided(after, out)


def on_not_found(state: EngineState, event: OrderNotFound, out: list[Command]) -> None:
    """Live orders, history and executions were all empty; once is no proof, since reads lag.

    Several answers, once no send can be under way any more, are: it never reached the exchange.
    """
    order = state.orders.get(event.client_order_id)
    if order is None or order.status not in (OrderStatus.UNKNOWN, OrderStatus.SUBMITTED):
        return
    state.not_found_answers[order.client_order_id] += 1
    answers = state.not_found_answers[order.client_order_id]
    waited_us = state.now_us - order.ts_created_us
    config = state.config
    if answers < config.not_found_answers_min or waited_us < config.reach_us:
        return
    reason = f"not on the exchange: {answers} reads of live orders, history and executions empty"
    after = orders.reject(order, reason, event.ts_init_us)
    _settle(state, order, after, out)
    out.append(Announce(level="WARNING", text=f"{order.purpose} on {order.leg_id} {reason}"))


def on_order_report(state: EngineState, event: OrderReport, out: list[Command]) -> None:
    """The exchange's own view of an order, ours or not."""
    key = event.client_order_id or exchange_made_id(event.exchange, event.exchange_order_id)
    order = state.order(key)
    if event.status is None:
        state.counters["unsupported:order_status"] += 1
    if order is None:
        _first_report(state, key, event, out)
        return
    after = orders.apply_report(order, event)
    settle_amend(state, after)
    _settle(state, order, after, out)


def on_fill(state: EngineState, event: FillReport, out: list[Command]) -> None:
    """Book an execution on its leg, once."""
    if not state.is_ours(event.exchange, event.ts_event_us):
        return
    key = event.client_order_id or exchange_made_id(event.exchange, event.exchange_order_id)
    leg_id = leg_of_fill(event, state.order(key))
    if leg_id is None:
        state.counters["unattributed_fills"] += 1
        text = f"fill {event.trade_id} of {event.symbol} names no leg: not booked, reconciling"
        out.append(Announce(level="ERROR", text=text))
        _distrust(state, event.exchange, "a fill could not be attributed to a leg")
        return
    if is_a_persons_fill(state, event, leg_id):
        state.counters["fills_left_to_a_person"] += 1
        return
    if not state.trade_keys.add(event.key):
        return
    fill = to_fill(event, leg_id, key)
    if event.stop_kind is not None and state.order(key) is None:
        state.put_order(orders.from_fill(fill, state.config.account, event.stop_kind))
    _book(state, fill, out)
    _retry_parked(state, out)


def adopt_leg(state: EngineState, event: LegReport, out: list[Command]) -> None:
    """Take over a leg that was there before the account began, where the policy adopts."""
    fill = adoption_of(state, event)
    if fill is not None and state.leg(event.leg_id).is_flat and state.trade_keys.add(fill.key):
        _book(state, fill, out)


def on_funding(state: EngineState, event: FundingReport, out: list[Command]) -> None:
    """Book a funding settlement on its leg, once."""
    if event.amount == 0 or not state.is_ours(event.exchange, event.ts_event_us):
        return
    leg_id = leg_of_funding(event)
    if leg_id is None:
        state.counters["unattributed_funding"] += 1
        text = f"funding {event.trade_id} of {event.symbol} names no leg: not booked"
        out.append(Announce(level="ERROR", text=text))
        return
    if is_beyond_rows(state, leg_id.instrument_id) or not state.trade_keys.add(event.key):
        return
    payment = FundingPayment(
        trade_id=event.trade_id,
        leg_id=leg_id,
        amount=event.amount,
        ts_event_us=event.ts_event_us,
    )
    leg = apply_funding(state.leg(leg_id), payment)
    state.put_leg(leg)
    state.exchange_health(leg_id.exchange).money_moved_us = state.now_us
    out += [Record(row=row, ts_init_us=state.now_us) for row in (payment, leg)]
    out.append(Announce(level="INFO", text=f"funding {payment.amount:+f} on {leg_id}"))


def ask_about_unsettled(state: EngineState, out: list[Command]) -> None:
    """Ask again about orders without an answer, and about fills that were told but not seen.

    Where a start finds many, they are asked for one by one only after their exchange was read as a
    whole, which answers most of them: a thousand questions would make that reading wait. One of an
    unknown outcome is asked for as soon as it can arrive no more, since that answer settles it.
    """
    config, pacing = state.config, state.pacing
    are_many = len(state.unsettled) > _ASKED_AT_A_START_MAX
    for order_id, asked_us in list(state.unsettled.items()):
        order, key = state.order(order_id), ("order", order_id)
        if order is None or not _is_unsettled(state, order):
            _forget_question(state, order_id)
            continue
        was_read = state.exchange_health(order.leg_id.exchange).snapshot_us > 0
        if are_many and not asked_us and not was_read:
            continue
        is_unknown = order.status is OrderStatus.UNKNOWN
        wait_us = config.ask_again_us if is_unknown else config.settle_grace_us
        waits = state.now_us - asked_us < wait_us or not pacing.is_due(key, state.now_us)
        arrives_no_more_us = order.ts_created_us + config.reach_us
        if waits and not (is_unknown and asked_us < arrives_no_more_us <= state.now_us):
            continue
        state.unsettled[order_id] = state.now_us
        if not waits:
            pacing.ask(key, state.now_us, wait_us, config.ask_again_max_us)
        if order.origin is OrderOrigin.BOT:
            out.append(QueryOrder(leg_id=order.leg_id, client_order_id=order_id))
        else:
            state.exchange_health(order.leg_id.exchange).snapshot_wanted = True


def _is_unsettled(state: EngineState, order: Order) -> bool:
    """True while an answer is missing, or fills that the exchange counted have not been seen.

    An order of ours that cannot rest is unsettled until it ended: its last report may be lost. What
    a stranger's order filled before the account began is nothing that could be seen.
    """
    is_bot = order.origin is OrderOrigin.BOT
    if order.origin is OrderOrigin.FOREIGN and state.config.foreign is ForeignPolicy.IGNORE:
        return False
    if not is_bot and not state.is_ours(order.leg_id.exchange, order.ts_created_us):
        return False
    booked = state.booked_qty.get(order.client_order_id, Decimal(0))
    if order.filled_qty > booked or is_amending(state, order):
        return True
    cannot_rest = order.time_in_force is not TimeInForce.GTC and not order.status.is_terminal
    waits = order.status in (OrderStatus.SUBMITTED, OrderStatus.UNKNOWN) or cannot_rest
    return waits and is_bot


def _forget_question(state: EngineState, order_id: str) -> None:
    state.unsettled.pop(order_id, None)
    state.not_found_answers.pop(order_id, None)
    state.pacing.forget(("order", order_id))


def _settle(state: EngineState, before: Order, after: Order, out: list[Command]) -> None:
    """File what changed, answer who waits, and keep asking while something is missing."""
    if after is before:
        return
    state.put_order(after)
    out.append(Record(row=after, ts_init_us=state.now_us))
    is_told_whose = before.reason == orders.KNOWN_FROM_FILL and after.reason != before.reason
    if is_told_whose and after.origin is OrderOrigin.FOREIGN:
        note_foreign(state, after, out)
    _keep_asking(state, after)
    if before.status is OrderStatus.SUBMITTED and after.status is not before.status:
        _decided(after, out)
    _note_rung(state, after, out)


def _note_rung(state: EngineState, order: Order, out: list[Command]) -> None:
    """An order of the ladder changed, or is first heard of."""
    is_rung = order.purpose is OrderPurpose.TARGET and order.origin is OrderOrigin.BOT
    if is_rung and state.managers:
        on_target_order(state, order, out)


def _keep_asking(state: EngineState, order: Order) -> None:
    """Note an order of which something is missing, and forget one that is settled."""
    if _is_unsettled(state, order):
        state.unsettled.setdefault(order.client_order_id, state.now_us)
    else:
        _forget_question(state, order.client_order_id)


def _decided(order: Order, out: list[Command]) -> None:
    if order.signal_id is not None:
        out.append(SignalDecided(signal_id=order.signal_id, result=order))


def _first_report(state: EngineState, key: str, event: OrderReport, out: list[Command]) -> None:
    """An order that we did not make. A protection of ours is filed once it acts, not while it
    rests, since the leg's own report tells what rests."""
    if event.stop_kind is not None and event.status is OrderStatus.UNTRIGGERED:
        return
    if is_unkept(state, event, out):
        return
    if event.position_idx is PositionIdx.ONE_WAY or event.quantity <= 0:
        state.counters["foreign_one_way_orders"] += 1
        if event.position_idx is PositionIdx.ONE_WAY:
            _distrust(state, event.exchange, "an order outside hedge mode was reported")
        return
    order = marked_order(state, orders.from_report(key, event, state.config.account))
    state.put_order(order)
    out.append(Record(row=order, ts_init_us=state.now_us))
    if order.origin is OrderOrigin.FOREIGN:
        note_foreign(state, order, out)
    _keep_asking(state, order)
    _note_rung(state, order, out)


def _book(state: EngineState, fill: Fill, out: list[Command]) -> None:
    leg = state.leg(fill.leg_id)
    if not fill.is_opening and fill.last_qty > leg.quantity:
        state.parked_fills.append(fill)
        _distrust(state, fill.leg_id.exchange, f"a fill closes more of {fill.leg_id} than is held")
        return
    order = state.order(fill.client_order_id) or _order_of(state, fill, out)
    order, fill = marked(state, order, fill)
    booked = state.booked_qty.get(fill.client_order_id, Decimal(0))
    after = orders.apply_booked_fill(order, fill, booked)
    state.booked_qty[fill.client_order_id] = booked + fill.last_qty
    held = _held_after(state, leg, fill)
    state.put_leg(held)
    state.leg_changed_us[fill.leg_id] = state.now_us
    state.exchange_health(fill.leg_id.exchange).money_moved_us = state.now_us
    state.heard_of(fill.leg_id.exchange, fill.ts_event_us)
    _widen_wanted(state, order, leg, fill, out)
    out.append(Record(row=after, ts_init_us=state.now_us))
    out.append(Record(row=fill, ts_init_us=state.now_us))
    out.append(Record(row=held, ts_init_us=state.now_us))
    state.put_order(after)
    _keep_asking(state, after)
    if order.status is OrderStatus.SUBMITTED:
        _decided(after, out)
    gained = held.realized_pnl - leg.realized_pnl
    note = "" if fill.is_opening else f", realised {gained:+.4f}"
    text = f"{fill.side} {fill.last_qty} of {fill.leg_id} at {fill.last_px}{note}"
    out.append(Announce(level="INFO", text=text, leg_id=fill.leg_id))
    note_other_commission(state, fill, out)
    _after_booking(state, after, held, fill, out)


def _held_after(state: EngineState, leg: PositionLeg, fill: Fill) -> PositionLeg:
    """The leg with the fill at its place among those of its life; a flat one begins anew."""
    life = state.lives.get(leg.leg_id)
    if life is None:
        life = state.lives[leg.leg_id] = LifeBooked(before=leg)
    held = apply_in_order(leg, fill, life)
    if held.is_flat:
        del state.lives[leg.leg_id]
    return held


def _order_of(state: EngineState, fill: Fill, out: list[Command]) -> Order:
    """An order that we hear of by its fill; one that opens is no stop, but a person's at once."""
    order = orders.from_fill(fill, state.config.account)
    if order.origin is OrderOrigin.FOREIGN and fill.is_opening:
        note_foreign(state, order, out)
    return order


def _widen_wanted(
    state: EngineState, order: Order, leg: PositionLeg, fill: Fill, out: list[Command]
) -> None:
    """An opening fill brings its order's levels; new ones are asked for at once."""
    if not fill.is_opening or order.stop_loss is None:
        return
    levels = LegProtection(
        leg_id=fill.leg_id, stop_loss=order.stop_loss, take_profit=order.take_profit
    )
    current = None if leg.is_flat else state.wanted.get(fill.leg_id)
    wanted = widened_never(levels, current)
    if wanted != state.wanted.get(fill.leg_id):
        state.pacing.forget(("protection", fill.leg_id))
    state.wanted[fill.leg_id] = wanted
    if current is not None and wanted != current:
        note_further_entry(state, fill.leg_id, fill.last_px, out)


def _after_booking(
    state: EngineState, order: Order, held: PositionLeg, fill: Fill, out: list[Command]
) -> None:
    """What follows from a leg that changed: nothing is remembered of a flat one."""
    leg_id = fill.leg_id
    if state.exchange_health(leg_id.exchange).not_ready:
        state.pacing.forget(("snapshot", leg_id.exchange))
    if not fill.is_opening:
        state.pacing.forget(("exit", leg_id))
    if held.is_flat:
        state.pacing.forget(("protection", leg_id))
        for of_leg in (state.wanted, state.resting, state.exit_attempts, state.closes):
            of_leg.pop(leg_id, None)
        withdraw_targets(state, leg_id, out)
    if state.managers:
        on_exit_fill(state, order, fill, held, out)
    if not held.is_flat:
        protect(state, leg_id, out)


def _retry_parked(state: EngineState, out: list[Command]) -> None:
    """Book fills that came before the fills they close, now that more is held."""
    parked, state.parked_fills = state.parked_fills, []
    for fill in sorted(parked, key=lambda each: each.ts_event_us):
        _book(state, fill, out)


def _distrust(state: EngineState, exchange: str, why: str) -> None:
    """No new risk on the exchange until a snapshot agrees with us again."""
    health = state.exchange_health(exchange)
    health.not_ready = why
    health.snapshot_wanted = True
