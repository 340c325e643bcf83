"""What prices, fills and answers mean for the exits of an open leg: its ladder and its stop's path.

A rung is served by one order at a time. Its ids are derived from leg, life, level and attempt, so
that an order which was sent and forgotten in a crash is recognised, and no level is sent twice.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.account import TradingState
from bot_trading.domain.exits import (
    LadderRung,
    LegExits,
    ProtectionStep,
    RungStatus,
    StepStatus,
)
from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.messages import Announce, Command, Record, SubmitOrder
from bot_trading.domain.order import (
    Order,
    OrderIntent,
    OrderOrigin,
    OrderPurpose,
    OrderSide,
    OrderType,
    TimeInForce,
)
from bot_trading.domain.position import LegProtection, PositionLeg
from bot_trading.engine.decide import exit_leg, risk_view, withdraw, withdraw_targets
from bot_trading.engine.on_legs import is_closing, protect
from bot_trading.engine.state import EngineState
from bot_trading.execution.ids import derive_client_order_id
from bot_trading.execution.orders import order_from
from bot_trading.risk.checks import Denial
from bot_trading.risk.review import review
from bot_trading.sltp.enhanced import CloseRung, CloseWhole, LegView, MoveStop, WithdrawRung
from bot_trading.sltp.partial import rung_filled

__all__ = [
    "look_after_exits",
    "look_after_instrument",
    "on_exit_fill",
    "on_target_order",
    "rung_id",
]

# A crash while the store was down may hide this many attempts of one level.
_HIDDEN_ATTEMPTS = 4


def look_after_instrument(
    state: EngineState, instrument_id: InstrumentId, out: list[Command]
) -> None:
    """A price moved: decide for both legs of its instrument."""
    exchange, symbol = instrument_id
    for idx in (PositionIdx.LONG, PositionIdx.SHORT):
        leg_id = LegId(exchange, symbol, idx)
        if leg_id in state.exits:
            _look(state, leg_id, out)


def look_after_exits(state: EngineState, out: list[Command]) -> None:
    """Decide for every leg that has exits; what was refused or waited is tried again.

    A leg that wanted nothing at its present price, and had not to wait, goes on wanting nothing.
    """
    for leg_id in tuple(state.exits):
        calm_at = state.calm_at.get(leg_id)
        if calm_at is None or calm_at is not state.quotes.get(leg_id.instrument_id):
            _look(state, leg_id, out)


def on_exit_fill(
    state: EngineState, order: Order, fill: Fill, held: PositionLeg, out: list[Command]
) -> None:
    """A fill was booked: a life begins, a rung fills, or the life is over."""
    exits = state.exits.get(held.leg_id)
    if exits is None or exits.episode != held.episode:
        exits = _begin_life(state, held, fill, out)
    if not exits.rungs and not held.is_flat:
        exits = _planned(state, held, out)
    if order.purpose is OrderPurpose.TARGET and order.origin is OrderOrigin.BOT:
        _fill_rung(state, exits, order, fill, out)
    if held.is_flat:
        _end_life(state, held.leg_id, out)
    else:
        _look(state, held.leg_id, out)


def on_target_order(state: EngineState, order: Order, out: list[Command]) -> None:
    """An order of a rung was answered, ended, or is first heard of: note it, then go on."""
    exits = state.exits.get(order.leg_id)
    at = None if exits is None else _rung_at(state, exits, order.client_order_id)
    if exits is None or at is None:
        if not order.status.is_terminal:
            withdraw_targets(state, order.leg_id, out, keep=_served(state, exits))
        return
    rung = exits.rungs[at]
    if rung.client_order_id != order.client_order_id:
        _change(state, exits, at, _adopted(state, exits, rung, order), out)
    _look(state, order.leg_id, out)


def rung_id(account: str, rung: LadderRung, attempt: int) -> str:
    """The id of the `attempt`th order, counted from 1, of a level in one life of its leg."""
    parts = (str(rung.leg_id), str(rung.episode), str(rung.level), str(attempt))
    return derive_client_order_id(account, OrderPurpose.TARGET, *parts)


def _look(state: EngineState, leg_id: LegId, out: list[Command]) -> None:
    """One decision of the policy for one open leg, carried out."""
    manager, leg = state.manager_of(leg_id), state.leg(leg_id)
    instrument_id = leg_id.instrument_id
    instrument = state.instruments.get(instrument_id)
    quote = state.quotes.get(instrument_id)
    if manager is None or leg.is_flat:
        return
    exits = _planned(state, leg, out)
    if instrument is None or quote is None or quote.last is None:
        return
    price = quote.last
    working, busy = _orders_of(state, exits)
    wanted = state.wanted.get(leg_id)
    window = state.atr_windows.get(instrument_id)
    view = LegView(
        leg=leg,
        instrument=instrument,
        price=price,
        market_us=state.exchange_health(leg_id.exchange).market_us,
        stop=wanted.stop_loss if wanted is not None else None,
        rungs=exits.rungs,
        working=working,
        busy=busy,
        atr=window.atr if window is not None else None,
        updates=exits.updates,
        may_take=_may_take(state, leg_id, len(working)),
        may_close=state.trading_state is not TradingState.HALTED,
    )
    intents = manager.decide(view)
    if intents or not view.may_take or len(busy) > len(working):
        state.calm_at.pop(leg_id, None)
    else:
        state.calm_at[leg_id] = quote
    for intent in intents:
        if isinstance(intent, MoveStop):
            _move_stop(state, leg_id, intent, price, out)
        elif isinstance(intent, CloseRung):
            _send_rung(state, leg_id, intent, price, out)
        elif isinstance(intent, WithdrawRung):
            _withdraw(state, intent, out)
        elif isinstance(intent, CloseWhole) and not is_closing(state, leg_id):
            exit_leg(state, leg_id, Decimal(1), intent.cause, out)


def _may_take(state: EngineState, leg_id: LegId, working: int) -> bool:
    """The ladder waits while trading is halted, while an entry or a whole exit is under way, and
    until the exchange told what rests and what was missed: a later fill may have closed the leg."""
    exchange = leg_id.exchange
    if state.trading_state is TradingState.HALTED or exchange not in state.wallet_origin:
        return False
    if state.exchange_health(exchange).not_ready:
        return False
    if not state.unsettled and len(state.live_ids.get(leg_id, ())) == working:
        return True
    waits_for = (OrderPurpose.ENTRY, OrderPurpose.EXIT)
    under_way = [*state.live_orders(leg_id), *map(state.order, state.unsettled)]
    return not any(
        order is not None and order.leg_id == leg_id and order.purpose in waits_for
        for order in under_way
    )


def _orders_of(state: EngineState, exits: LegExits) -> tuple[dict[int, Order], list[int]]:
    """The live order of each level, and the levels whose last order is not settled.

    An order that ended is settled once its fills are booked. A live one of which a fill is under
    way is busy, but not compared with its rung until both have heard of it.
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
        if is_booked and order.exchange_order_id is not None:
            working[rung.level] = order
    return working, busy


def _begin_life(state: EngineState, leg: PositionLeg, fill: Fill, out: list[Command]) -> LegExits:
    """The first fill: what its order attached is the first step of the stop's path."""
    exits = LegExits(leg_id=leg.leg_id, episode=leg.episode, price_seen=fill.last_px)
    state.exits[leg.leg_id] = exits
    wanted = state.wanted.get(leg.leg_id)
    if wanted is not None:
        step = ProtectionStep(
            protection=wanted,
            episode=leg.episode,
            cause="entry",
            price_seen=fill.last_px,
            status=StepStatus.ATTACHED,
        )
        out.append(Record(row=step, ts_init_us=state.now_us))
    return exits


def _end_life(state: EngineState, leg_id: LegId, out: list[Command]) -> None:
    """The leg is flat: no order of it may rest, and what was not reached never will be."""
    exits = state.exits.pop(leg_id, None)
    state.calm_at.pop(leg_id, None)
    withdraw_targets(state, leg_id, out)
    if exits is None:
        return
    for rung in exits.rungs:
        state.pacing.forget(("rung", leg_id, rung.level))
        if rung.quantity > 0 and rung.status is not RungStatus.FILLED:
            ended = replace(rung, status=RungStatus.CANCELED, cause="the leg is closed")
            out.append(Record(row=ended, ts_init_us=state.now_us))


def _planned(state: EngineState, leg: PositionLeg, out: list[Command]) -> LegExits:
    """The exits with the ladder of the leg as it is now; planned again when the leg changed."""
    exits = state.exits.get(leg.leg_id)
    if exits is None or exits.episode != leg.episode:
        exits = LegExits(leg_id=leg.leg_id, episode=leg.episode)
    manager = state.manager_of(leg.leg_id)
    instrument = state.instruments.get(leg.leg_id.instrument_id)
    if exits.planned is leg or manager is None or instrument is None:
        return exits
    rungs = manager.plan(leg, instrument, exits.rungs)
    before = {rung.level: rung for rung in exits.rungs}
    for rung in rungs:
        _record_rung(state, before.get(rung.level), rung, out)
    exits = state.exits[leg.leg_id] = replace(exits, rungs=rungs, planned=leg)
    return exits


def _record_rung(
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


def _change(
    state: EngineState, exits: LegExits, at: int, rung: LadderRung, out: list[Command]
) -> None:
    _record_rung(state, exits.rungs[at], rung, out)
    rungs = (*exits.rungs[:at], rung, *exits.rungs[at + 1 :])
    state.exits[exits.leg_id] = replace(exits, rungs=rungs)


def _rung_at(state: EngineState, exits: LegExits, order_id: str) -> int | None:
    """Where the rung of an order stands: by its last id, else by any id that may have been sent."""
    for at, rung in enumerate(exits.rungs):
        if rung.client_order_id == order_id:
            return at
    for at, rung in enumerate(exits.rungs):
        for attempt in range(1, rung.attempts + 1 + _HIDDEN_ATTEMPTS):
            if rung_id(state.config.account, rung, attempt) == order_id:
                return at
    return None


def _adopted(state: EngineState, exits: LegExits, rung: LadderRung, order: Order) -> LadderRung:
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


def _served(state: EngineState, exits: LegExits | None) -> frozenset[str]:
    """The ids of the orders that serve the rungs of the present life."""
    if exits is None:
        return frozenset()
    return frozenset(rung.client_order_id for rung in exits.rungs if rung.client_order_id)


def _fill_rung(
    state: EngineState, exits: LegExits, order: Order, fill: Fill, out: list[Command]
) -> None:
    at = _rung_at(state, exits, order.client_order_id)
    if at is None:
        text = f"{fill.last_qty} of {fill.leg_id} was closed by an order of no level"
        out.append(Announce(level="WARNING", text=text, leg_id=fill.leg_id))
        return
    rung = exits.rungs[at]
    if rung.client_order_id != order.client_order_id:
        rung = _adopted(state, exits, rung, order)
    _change(state, exits, at, rung_filled(rung, fill.last_qty), out)


def _move_stop(
    state: EngineState, leg_id: LegId, move: MoveStop, price: Decimal, out: list[Command]
) -> None:
    exits, wanted = state.exits[leg_id], state.wanted.get(leg_id)
    state.wanted[leg_id] = LegProtection(
        leg_id=leg_id,
        stop_loss=move.stop_loss,
        take_profit=wanted.take_profit if wanted is not None else None,
    )
    state.exits[leg_id] = replace(
        exits, updates=exits.updates + move.is_update, cause=move.cause, price_seen=price
    )
    state.pacing.forget(("protection", leg_id))
    text = f"stop of {leg_id} moves to {move.stop_loss}: {move.cause}, price {price}"
    out.append(Announce(level="INFO", text=text, leg_id=leg_id))
    protect(state, leg_id, out, at_once=True)


def _send_rung(
    state: EngineState, leg_id: LegId, intent: CloseRung, price: Decimal, out: list[Command]
) -> None:
    """Send one order for a rung through risk, written down with its rung before it leaves."""
    rung, config = intent.rung, state.config
    key = ("rung", leg_id, rung.level)
    if not state.pacing.is_due(key, state.now_us):
        return
    attempt = rung.attempts + 1
    order_intent = OrderIntent(
        client_order_id=rung_id(config.account, rung, attempt),
        leg_id=leg_id,
        side=OrderSide.SELL if leg_id.is_long else OrderSide.BUY,
        order_type=OrderType.MARKET if intent.price is None else OrderType.LIMIT,
        quantity=intent.quantity,
        reference_px=intent.price or price,
        price=intent.price,
        time_in_force=TimeInForce.IOC if intent.price is None else TimeInForce.GTC,
        reduce_only=True,
        purpose=OrderPurpose.TARGET,
        ts_created_us=state.now_us,
    )
    state.pacing.ask(key, state.now_us, config.ask_again_us, config.ask_again_max_us)
    view = risk_view(state, leg_id, order_intent.client_order_id)
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
    _change(state, exits, at, sent, out)
    out.append(SubmitOrder(approved=verdict))
    text = f"{cause} for {intent.quantity} of {leg_id} at {intent.price or 'market'}"
    out.append(Announce(level="INFO", text=text, leg_id=leg_id))


def _withdraw(state: EngineState, intent: WithdrawRung, out: list[Command]) -> None:
    """Take a rung's order back once; it is sent anew when the exchange says that it is gone."""
    if withdraw(state, intent.order, out):
        state.pacing.forget(("rung", intent.order.leg_id, intent.rung.level))
