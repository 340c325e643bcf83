"""What prices, fills and answers mean for the exits of an open leg: its ladder and its stop's path.

The policy decides (`bot_trading.sltp`); here its intents are carried out and its memory is kept.
The orders of the ladder's rungs are in `on_rungs`.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.account import TradingState
from bot_trading.domain.capabilities import capabilities_of
from bot_trading.domain.exits import LegExits, ProtectionStep, StepStatus
from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import Instrument, InstrumentId, LegId, PositionIdx
from bot_trading.domain.messages import Announce, Command, Record
from bot_trading.domain.order import Order, OrderOrigin, OrderPurpose
from bot_trading.domain.position import LegProtection, PositionLeg
from bot_trading.engine.decide import withdraw_targets
from bot_trading.engine.leave import try_exit
from bot_trading.engine.on_legs import is_closing, protect
from bot_trading.engine.on_rungs import (
    adopted,
    amend_rung,
    change_rung,
    end_rungs,
    fill_rung,
    ids_of,
    is_at_rest,
    laid_to_rest,
    orders_of,
    record_rung,
    rung_at,
    send_rung,
    withdraw_rung,
)
from bot_trading.engine.state import EngineState
from bot_trading.sltp.enhanced import (
    AmendRung,
    CloseRung,
    CloseWhole,
    EnhancedSLTPManager,
    Intent,
    LegView,
    MoveStop,
    WithdrawRung,
)

__all__ = [
    "look_after_exits",
    "look_after_instrument",
    "on_exit_fill",
    "on_target_order",
]


def look_after_instrument(
    state: EngineState, instrument_id: InstrumentId, out: list[Command]
) -> None:
    """A price moved: decide for both legs of its instrument."""
    exchange, symbol = instrument_id
    for idx in (PositionIdx.LONG, PositionIdx.SHORT):
        leg_id = LegId(exchange, symbol, idx)
        if leg_id in state.exits:
            _look(state, leg_id, instrument_id, out)


def look_after_exits(state: EngineState, out: list[Command]) -> None:
    """Decide for every leg that has exits; what was refused or waited is tried again.

    A leg that wanted nothing at its present price, and had not to wait, goes on wanting nothing.
    """
    for leg_id in tuple(state.exits):
        instrument_id = leg_id.instrument_id
        calm_at = state.calm_at.get(leg_id)
        if calm_at is None or calm_at is not state.quotes.get(instrument_id):
            _look(state, leg_id, instrument_id, out)


def on_exit_fill(
    state: EngineState, order: Order, fill: Fill, held: PositionLeg, out: list[Command]
) -> None:
    """A fill was booked: a life begins, a rung fills, or the life is over."""
    exits = state.exits.get(held.leg_id)
    if exits is None or exits.episode != held.episode:
        exits = _begin_life(state, held, fill, out)
    manager = state.manager_of(held.leg_id)
    if manager is not None and not exits.rungs and not held.is_flat:
        instrument = state.instruments.get(held.leg_id.instrument_id)
        exits = _planned(state, held, manager, instrument, out)
    if order.purpose is OrderPurpose.TARGET and order.origin is OrderOrigin.BOT:
        fill_rung(state, exits, order, fill, out)
    if held.is_flat:
        _end_life(state, held.leg_id, out)
    else:
        _look(state, held.leg_id, held.leg_id.instrument_id, out)


def on_target_order(state: EngineState, order: Order, out: list[Command]) -> None:
    """An order of a rung was answered, ended, or is first heard of: note it, then go on."""
    exits = state.exits.get(order.leg_id)
    at = None if exits is None else rung_at(state, exits, order.client_order_id)
    if exits is None or at is None:
        if not order.status.is_terminal:
            withdraw_targets(state, order.leg_id, out, keep=ids_of(state, exits))
        return
    rung = exits.rungs[at]
    if rung.client_order_id != order.client_order_id:
        change_rung(state, exits, at, adopted(state, exits, rung, order), out)
    _look(state, order.leg_id, order.leg_id.instrument_id, out)


def _look(
    state: EngineState, leg_id: LegId, instrument_id: InstrumentId, out: list[Command]
) -> None:
    """One decision of the policy for one open leg, carried out."""
    manager, leg = state.manager_of(leg_id), state.leg(leg_id)
    if manager is None or leg.is_flat:
        return
    instrument, quote = state.instruments.get(instrument_id), state.quotes.get(instrument_id)
    exits = _planned(state, leg, manager, instrument, out)
    if instrument is None or quote is None or quote.last is None:
        return
    is_calm = _is_calm(state, manager, leg, exits, quote.last)
    is_served = (is_calm or manager.rests_at_any_price) and is_at_rest(state, exits, instrument)
    if is_served and is_calm:
        state.calm_at[leg_id] = quote
        return
    view = _view(state, exits, leg, instrument, quote.last, is_served=is_served, is_calm=is_calm)
    may_rest = not is_served and _look_at_ladder(state, exits, view)
    intents = manager.decide(view)
    is_in_order = is_served or (may_rest and all(isinstance(each, MoveStop) for each in intents))
    if may_rest and is_in_order:
        state.exits[leg_id] = laid_to_rest(exits, instrument, view.working)
    if is_in_order and not intents:
        state.calm_at[leg_id] = quote
    else:
        state.calm_at.pop(leg_id, None)
        _carry_out(state, leg_id, intents, quote.last, out)
    if not is_calm and not any(isinstance(each, MoveStop) for each in intents):
        _note_calm(state, manager, view)


def _is_calm(
    state: EngineState,
    manager: EnhancedSLTPManager,
    leg: PositionLeg,
    exits: LegExits,
    price: Decimal,
) -> bool:
    """The short answer for most legs at most prices: nothing more is asked for than before."""
    calm, wanted = state.calm.get(leg.leg_id), state.wanted.get(leg.leg_id)
    if calm is None or calm.leg is not leg or calm.rungs is not exits.rungs:
        return False
    if wanted is None or wanted.stop_loss is not calm.stop:
        return False
    instrument_id = leg.leg_id.instrument_id
    window = state.atr_windows.get(instrument_id)
    if (None if window is None else window.atr) is not calm.atr:
        return False
    held_us = state.exchange_health(instrument_id.exchange).market_us - leg.ts_opened_us
    return manager.stays_calm(calm, price, held_us)


def _note_calm(state: EngineState, manager: EnhancedSLTPManager, view: LegView) -> None:
    """Remember how far the price may go before another stop can be wanted than now is.

    Not asked in the turn that moves the stop: where all legs move at once that turn is the longest,
    and a price that goes on would end the calm anyway. The next look finds it, if it moves nothing.
    """
    leg_id = view.leg.leg_id
    wanted = state.wanted.get(leg_id)
    calm = None if wanted is None else manager.calm(view, wanted.stop_loss)
    if calm is None:
        state.calm.pop(leg_id, None)
    else:
        state.calm[leg_id] = calm


def _look_at_ladder(state: EngineState, exits: LegExits, view: LegView) -> bool:
    """Show the policy what serves the rungs now; True when nothing of that has to be waited for."""
    view.working, view.busy = orders_of(state, exits)
    if capabilities_of(exits.leg_id.exchange).amend:
        view.amendable = [
            level
            for level, order in view.working.items()
            if order.client_order_id not in state.amends
        ]
    view.may_take = _may_take(state, exits.leg_id, len(view.working))
    return view.may_take and len(view.busy) == len(view.working)


def _view(
    state: EngineState,
    exits: LegExits,
    leg: PositionLeg,
    instrument: Instrument,
    price: Decimal,
    *,
    is_served: bool,
    is_calm: bool,
) -> LegView:
    """What the policy is shown; what rests for the ladder only where that changed."""
    leg_id = leg.leg_id
    wanted, resting = state.wanted.get(leg_id), state.resting.get(leg_id)
    window = state.atr_windows.get(instrument.instrument_id)
    return LegView(
        leg=leg,
        instrument=instrument,
        price=price,
        market_us=state.exchange_health(leg_id.exchange).market_us,
        stop=wanted.stop_loss if wanted is not None else None,
        rungs=exits.rungs,
        atr=window.atr if window is not None else None,
        updates=exits.updates,
        may_close=state.trading_state is not TradingState.HALTED,
        is_served=is_served,
        is_calm=is_calm,
        is_trailed=resting is not None and resting.trailing is not None,
    )


def _carry_out(
    state: EngineState,
    leg_id: LegId,
    intents: list[Intent],
    price: Decimal,
    out: list[Command],
) -> None:
    for intent in intents:
        if isinstance(intent, MoveStop):
            _move_stop(state, leg_id, intent, price, out)
        elif isinstance(intent, CloseRung):
            send_rung(state, leg_id, intent, price, out)
        elif isinstance(intent, AmendRung):
            amend_rung(state, leg_id, intent, price, out)
        elif isinstance(intent, WithdrawRung):
            withdraw_rung(state, intent, out)
        elif isinstance(intent, CloseWhole) and not is_closing(state, leg_id):
            try_exit(state, leg_id, intent.cause, out)


def _may_take(state: EngineState, leg_id: LegId, working: int) -> bool:
    """The ladder waits while trading is halted, while an entry or a whole exit is under way or to
    be asked for again, and until the exchange told what rests and what was missed: a later fill may
    have closed the leg."""
    exchange = leg_id.exchange
    if state.trading_state is TradingState.HALTED or exchange not in state.wallet_origin:
        return False
    if leg_id in state.closes or state.exchange_health(exchange).not_ready:
        return False
    if not state.unsettled and len(state.live_ids.get(leg_id, ())) == working:
        return True
    waits_for = (OrderPurpose.ENTRY, OrderPurpose.EXIT)
    under_way = [*state.live_orders(leg_id), *map(state.order, state.unsettled)]
    return not any(
        order is not None and order.leg_id == leg_id and order.purpose in waits_for
        for order in under_way
    )


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
    state.calm.pop(leg_id, None)
    withdraw_targets(state, leg_id, out)
    if exits is None:
        return
    for rung in exits.rungs:
        state.pacing.forget(("rung", leg_id, rung.level))
    end_rungs(state, exits.rungs, "the leg is closed", out)


def _planned(
    state: EngineState,
    leg: PositionLeg,
    manager: EnhancedSLTPManager,
    instrument: Instrument | None,
    out: list[Command],
) -> LegExits:
    """The exits with the ladder of the leg as it is now; planned again when the leg changed."""
    exits = state.exits.get(leg.leg_id)
    if exits is None or exits.episode != leg.episode:
        exits = LegExits(leg_id=leg.leg_id, episode=leg.episode)
    if exits.planned is leg or instrument is None:
        return exits
    rungs = manager.plan(leg, instrument, exits.rungs)
    before = {rung.level: rung for rung in exits.rungs}
    for rung in rungs:
        record_rung(state, before.pop(rung.level, None), rung, out)
    end_rungs(state, before.values(), "the level is no longer declared", out)
    exits = state.exits[leg.leg_id] = replace(exits, rungs=rungs, planned=leg)
    return exits


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
