"""The orders that serve the rungs of a ladder: sent, recognised, compared, and taken back.

A rung is served by one order at a time. Its ids are derived from leg, life, level and attempt, so
that an order which was sent and forgotten in a crash is recognised, and no level is sent twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.exits import LadderAtRest, LadderRung, LegExits, RungStatus
from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import Instrument, LegId
from bot_trading.domain.messages import Announce, Command, Record, SubmitOrder
from bot_trading.domain.order import (
    Order,
    OrderIntent,
    OrderPurpose,
    OrderSide,
    OrderType,
    TimeInForce,
)
from bot_trading.engine.decide import withdraw
from bot_trading.engine.on_amends import is_amending, send_amend
from bot_trading.engine.risk_view import exit_view
from bot_trading.engine.state import EngineState
from bot_trading.execution.ids import derive_client_order_id, former_client_order_ids
from bot_trading.execution.orders import order_from
from bot_trading.risk.checks import Denial
from bot_trading.risk.review import examine, review
from bot_trading.sltp.enhanced import AmendRung, CloseRung, WithdrawRung
from bot_trading.sltp.partial import rung_filled

__all__ = [
    *(
        "adopted",
        "amend_rung",
        "change_rung",
        "end_rungs",
        "fill_rung",
        "ids_of",
        "is_at_rest",
        "laid_to_rest",
        "orders_of",
    ),
    *("record_rung", "rung_at", "rung_id", "send_rung", "withdraw_rung"),
]

# A crash while the store was down may hide this many attempts of one level.
_HIDDEN_ATTEMPTS = 4


def is_at_rest(state: EngineState, exits: LegExits, instrument: Instrument) -> bool:
    """True while nothing has changed since every rung was found served by what rests.

    Orders are values: one of which anything changed is another object.
    """
    rest = exits.at_rest
    if rest is None or rest.rungs is not exits.rungs or rest.leg is not exits.planned:
        return False
    if rest.instrument is not instrument:
        return False
    live = state.orders
    return not [order for order in rest.orders if live.get(order.client_order_id) is not order]


def laid_to_rest(exits: LegExits, instrument: Instrument, working: Mapping[int, Order]) -> LegExits:
    """The exits, with what was found in order remembered; see `is_at_rest`."""
    rest = LadderAtRest(
        leg=exits.planned,
        instrument=instrument,
        rungs=exits.rungs,
        orders=tuple(working.values()),
    )
    return replace(exits, at_rest=rest)


def orders_of(state: EngineState, exits: LegExits) -> tuple[dict[int, Order], list[int]]:
    """The live order of each level, and the levels whose last order is not settled.

    An order that ended is settled once its fills are booked. A live one of which a fill is under
    way is busy, but not compared with its rung until both have heard of it; nor is one whose change
    is under way.
    """
    working: dict[int, Order] = {}
    busy: list[int] = []
    for rung in exits.rungs:
        order = state.order(rung.client_order_id) if rung.client_order_id else None
        if order is None:
            continue
        is_booked = order.filled_qty <= state.booked_qty.get(order.client_order_id, Decimal(0))
        if order.status.is_terminal and is_booked:
            continue
        busy.append(rung.level)
        is_told = is_booked and order.exchange_order_id is not None
        if is_told and not is_amending(state, order):
            working[rung.level] = order
    return working, busy


def send_rung(
    state: EngineState, leg_id: LegId, intent: CloseRung, price: Decimal, out: list[Command]
) -> None:
    """Send one order for a rung through risk, written down with its rung before it leaves."""
    rung, config = intent.rung, state.config
    key = ("rung", leg_id, rung.level)
    if not state.pacing.is_due(key, state.now_us):
        return
    attempt = rung.attempts + 1
    named = rung_id(config.account, rung, attempt)
    order_intent = _intent_of(state, leg_id, named, intent.quantity, intent.price, price)
    state.pacing.ask(key, state.now_us, config.ask_again_us, config.ask_again_max_us)
    view = exit_view(state, leg_id, order_intent.client_order_id)
    verdict = review(order_intent, view, config.limits, state.reservations, state.now_us)
    if isinstance(verdict, Denial):
        state.counters[f"denied:{verdict.control}"] += 1
        return
    order = order_from(verdict)
    state.put_order(order)
    state.unsettled[order.client_order_id] = state.now_us
    cause = f"level {rung.level} of {rung.percent.normalize():f} %"
    cause = f"{cause} rests" if intent.price is not None else f"{cause} was reached"
    out.append(Record(row=order, ts_init_us=state.now_us, note=cause))
    exits = state.exits[leg_id]
    at = next(n for n, each in enumerate(exits.rungs) if each.level == rung.level)
    sent = replace(
        exits.rungs[at],
        attempts=attempt,
        client_order_id=order.client_order_id,
        price_seen=price,
        status=RungStatus.SENT,
        cause=cause,
    )
    change_rung(state, exits, at, sent, out)
    out.append(SubmitOrder(approved=verdict))
    text = f"{cause} for {intent.quantity} of {leg_id} at {intent.price or 'market'}"
    out.append(Announce(level="INFO", text=text, leg_id=leg_id))


def amend_rung(
    state: EngineState, leg_id: LegId, intent: AmendRung, price: Decimal, out: list[Command]
) -> None:
    """Let a rung's order rest as its rung now wants, through risk and without a moment without it.

    What fills meanwhile counts: the new quantity is that of the whole order.
    """
    rung, order = intent.rung, intent.order
    wanted = _intent_of(
        state, leg_id, order.client_order_id, intent.quantity, rung.price, rung.price
    )
    verdict = examine(wanted, exit_view(state, leg_id, ""), state.config.limits)
    if verdict is not None:
        state.counters[f"denied:{verdict.control}"] += 1
        return
    if not send_amend(state, order, order.filled_qty + intent.quantity, rung.price, out):
        return
    exits = state.exits[leg_id]
    at = next(n for n, each in enumerate(exits.rungs) if each.level == rung.level)
    cause = f"level {rung.level} is amended, the leg changed"
    change_rung(state, exits, at, replace(exits.rungs[at], price_seen=price, cause=cause), out)


def withdraw_rung(state: EngineState, intent: WithdrawRung, out: list[Command]) -> None:
    """Take a rung's order back once; it is sent anew when the exchange says that it is gone."""
    if withdraw(state, intent.order, out):
        state.pacing.forget(("rung", intent.order.leg_id, intent.rung.level))


def fill_rung(
    state: EngineState, exits: LegExits, order: Order, fill: Fill, out: list[Command]
) -> None:
    at = rung_at(state, exits, order.client_order_id)
    if at is None:
        text = f"{fill.last_qty} of {fill.leg_id} was closed by an order of no level"
        out.append(Announce(level="WARNING", text=text, leg_id=fill.leg_id))
        return
    rung = exits.rungs[at]
    if rung.client_order_id != order.client_order_id:
        rung = adopted(state, exits, rung, order)
    change_rung(state, exits, at, rung_filled(rung, fill.last_qty), out)


def rung_at(state: EngineState, exits: LegExits, order_id: str) -> int | None:
    """Where the rung of an order stands: by its last id, else by any id that may have been sent,
    by an earlier release too."""
    for at, rung in enumerate(exits.rungs):
        if rung.client_order_id == order_id:
            return at
    for at, rung in enumerate(exits.rungs):
        for attempt in range(1, rung.attempts + 1 + _HIDDEN_ATTEMPTS):
            if order_id in _ids_of_attempt(state.config.account, rung, attempt):
                return at
    return None


def adopted(state: EngineState, exits: LegExits, rung: LadderRung, order: Order) -> LadderRung:
    """The rung served by an order that was sent and not remembered; an older one is only noted."""
    attempt = rung.attempts
    for number in range(rung.attempts + 1, rung.attempts + 1 + _HIDDEN_ATTEMPTS):
        if rung_id(state.config.account, rung, number) == order.client_order_id:
            attempt = number
    if attempt == rung.attempts:
        return rung
    return replace(
        rung,
        attempts=attempt,
        client_order_id=order.client_order_id,
        status=RungStatus.SENT,
        cause="found on the exchange",
    )


def ids_of(state: EngineState, exits: LegExits | None) -> frozenset[str]:
    """The ids of the orders that serve the rungs of the present life."""
    if exits is None:
        return frozenset()
    return frozenset(rung.client_order_id for rung in exits.rungs if rung.client_order_id)


def change_rung(
    state: EngineState, exits: LegExits, at: int, rung: LadderRung, out: list[Command]
) -> None:
    record_rung(state, exits.rungs[at], rung, out)
    rungs = (*exits.rungs[:at], rung, *exits.rungs[at + 1 :])
    state.exits[exits.leg_id] = replace(exits, rungs=rungs)


def record_rung(
    state: EngineState, before: LadderRung | None, rung: LadderRung, out: list[Command]
) -> None:
    """Write down what changed; a level that closes nothing keeps the quantity it had."""
    if rung is before:
        return
    if rung.quantity == 0:
        if before is None or before.quantity == 0:
            return
        rung = replace(rung, quantity=before.quantity)
    out.append(Record(row=rung, ts_init_us=state.now_us))


def end_rungs(
    state: EngineState, rungs: Iterable[LadderRung], cause: str, out: list[Command]
) -> None:
    """Write down that rungs will not be reached any more; what was filled stays as it is."""
    for rung in rungs:
        if rung.quantity > 0 and rung.status not in (RungStatus.FILLED, RungStatus.CANCELED):
            ended = replace(rung, status=RungStatus.CANCELED, cause=cause)
            out.append(Record(row=ended, ts_init_us=state.now_us))


def rung_id(account: str, rung: LadderRung, attempt: int) -> str:
    """The id of the `attempt`th order, counted from 1, of a level in one life of its leg."""
    return derive_client_order_id(account, OrderPurpose.TARGET, *_parts(rung, attempt))


def _intent_of(
    state: EngineState,
    leg_id: LegId,
    named: str,
    quantity: Decimal,
    limit_px: Decimal | None,
    price: Decimal,
) -> OrderIntent:
    """What one order for a rung asks for: a limit order, or one at the market without a limit."""
    return OrderIntent(
        client_order_id=named,
        leg_id=leg_id,
        side=OrderSide.SELL if leg_id.is_long else OrderSide.BUY,
        order_type=OrderType.MARKET if limit_px is None else OrderType.LIMIT,
        quantity=quantity,
        reference_px=limit_px or price,
        price=limit_px,
        time_in_force=TimeInForce.IOC if limit_px is None else TimeInForce.GTC,
        reduce_only=True,
        purpose=OrderPurpose.TARGET,
        ts_created_us=state.now_us,
    )


def _ids_of_attempt(account: str, rung: LadderRung, attempt: int) -> tuple[str, ...]:
    former = former_client_order_ids(account, OrderPurpose.TARGET, *_parts(rung, attempt))
    return (rung_id(account, rung, attempt), *former)


def _parts(rung: LadderRung, attempt: int) -> tuple[str, ...]:
    return (str(rung.leg_id), str(rung.episode), str(rung.level), str(attempt))
