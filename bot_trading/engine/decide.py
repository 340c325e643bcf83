"""From an opinion to an order: sizing, protection, review, and the rows and sends that follow."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import (
    Announce,
    CancelOrder,
    Command,
    OrderDenied,
    Record,
    RiskEvent,
    SignalDecided,
    SubmitOrder,
)
from bot_trading.domain.order import (
    Order,
    OrderIntent,
    OrderOrigin,
    OrderPurpose,
    OrderSide,
    OrderStatus,
    OrderType,
    TimeInForce,
)
from bot_trading.domain.position import LegProtection
from bot_trading.domain.signal import BarrierSpec, Signal
from bot_trading.engine.on_routes import entry_ids, foreign_quantity, routed
from bot_trading.engine.risk_view import counted_equity, daily_loss, risk_view
from bot_trading.engine.state import EngineState
from bot_trading.execution.orders import order_from
from bot_trading.market.prices import entry_price
from bot_trading.risk.review import review
from bot_trading.risk.sizing import (
    Size,
    SizeQuestion,
    entry_quantity,
    entry_size,
)
from bot_trading.risk.view import Denial
from bot_trading.sltp.bracket import bracket, widened_never

__all__ = [
    "daily_loss",
    "enter",
    "risk_view",
    "withdraw",
    "withdraw_stale",
    "withdraw_targets",
]

_SAID_AGAIN_US = 1_000_000


def enter(state: EngineState, signal: Signal, out: list[Command]) -> None:
    """Follow a signal into its leg on the exchange that takes entries, or say what denied it.

    A signal that was already followed is answered with its order and sends nothing; while that
    order waits for its own answer, so does whoever repeats the signal.
    """
    order_ids = entry_ids(state, signal)
    for order_id in order_ids.values():
        known = state.order(order_id)
        if known is not None:
            if known.status is not OrderStatus.SUBMITTED:
                out.append(SignalDecided(signal_id=signal.signal_id, result=known))
            return
    if state.signal_ids.add(signal.signal_id):
        out.append(Record(row=signal, ts_init_us=state.now_us))
    else:
        _deny(state, signal, Denial(control="duplicate_signal", measured="seen", limit="once"), out)
        return
    if state.config.arbitrage is not None:
        whose = Denial(control="strategy", measured="a signal", limit="pairs of exchanges alone")
        _deny(state, signal, whose, out)
        return
    signal = routed(state, signal)
    order_id = order_ids[signal.instrument_id.exchange]
    proposal = _entry_intent(state, signal, order_id)
    if isinstance(proposal, Denial):
        _deny(state, signal, proposal, out)
        return
    intent, size_why = proposal
    view = risk_view(
        state,
        intent.leg_id,
        order_id,
        quantity=intent.quantity,
        signal_us=signal.ts_event_us,
        model_us=signal.model_seen_us,
    )
    verdict = review(intent, view, state.config.limits, state.reservations, state.now_us)
    if isinstance(verdict, Denial):
        _deny(state, signal, verdict, out)
        return
    order = order_from(verdict)
    state.put_order(order)
    state.unsettled[order_id] = state.now_us
    out.append(Record(row=order, ts_init_us=state.now_us, note=f"intent: {size_why}"))
    out.append(SubmitOrder(approved=verdict))


def withdraw_targets(
    state: EngineState, leg_id: LegId, out: list[Command], keep: frozenset[str] = frozenset()
) -> None:
    """Take back the leg's rungs that rest, but for those to `keep`: they would hold a part of the
    leg that leaves, or outlive it."""
    for order in sorted(state.live_orders(leg_id), key=lambda each: each.client_order_id):
        is_rung = order.purpose is OrderPurpose.TARGET and order.origin is OrderOrigin.BOT
        if is_rung and order.client_order_id not in keep:
            withdraw(state, order, out)


def withdraw(state: EngineState, order: Order, out: list[Command]) -> bool:
    """Ask for an order back; False when that was asked a moment ago."""
    config, key = state.config, ("withdraw", order.client_order_id)
    if not state.pacing.is_due(key, state.now_us):
        return False
    state.pacing.ask(key, state.now_us, config.ask_again_us, config.ask_again_max_us)
    out.append(
        CancelOrder(
            leg_id=order.leg_id,
            client_order_id=order.client_order_id,
            exchange_order_id=order.exchange_order_id,
        )
    )
    return True


def withdraw_stale(state: EngineState, out: list[Command]) -> None:
    """Take back every rung that serves no level of the present life of its leg: the level is no
    longer declared, or the life is over and the cancel at its end was lost.

    After a start it waits until the exchange told which of our orders rest.
    """
    served = frozenset(
        rung.client_order_id
        for exits in state.exits.values()
        for rung in exits.rungs
        if rung.client_order_id
    )
    stale = {
        order.leg_id
        for order in state.orders.values()
        if order.purpose is OrderPurpose.TARGET
        and order.origin is OrderOrigin.BOT
        and order.client_order_id not in served
    }
    for leg_id in sorted(stale):
        if leg_id.exchange in state.wallet_origin:
            withdraw_targets(state, leg_id, out, keep=served)


def _entry_intent(
    state: EngineState, signal: Signal, order_id: str
) -> tuple[OrderIntent, str] | Denial:
    """A sized and protected proposal with what sized it, or why there cannot be one."""
    leg_id = signal.leg_id
    instrument = state.instruments.get(signal.instrument_id)
    not_ready = state.exchange_health(leg_id.exchange).not_ready
    if instrument is None and not_ready:
        return Denial(control="exchange_ready", measured=not_ready, limit="reconciled and live")
    if instrument is None:
        return Denial(control="instrument", measured=str(signal.instrument_id), limit="traded here")
    foreign = foreign_quantity(state, leg_id)
    if foreign:
        return Denial(control="foreign_orders", measured=f"{foreign:f}", limit="a leg of the bot's")
    quote = state.quotes.get(signal.instrument_id)
    price = entry_price(quote, buys=leg_id.is_long) if quote else None
    if price is None:
        limit = str(state.config.limits.price_age_max_ms)
        return Denial(control="price_age_max_ms", measured="no price seen", limit=limit)
    misfit = _exits_misfit(state, leg_id, price)
    if misfit is not None:
        return misfit
    barrier = state.config.barrier
    if signal.stop_ratio is not None and signal.stop_ratio < barrier.stop_ratio:
        barrier = replace(barrier, stop_ratio=signal.stop_ratio)
    size = _size(state, signal, price, barrier)
    if size.quantity == 0:
        limit = f"{instrument.min_qty:f}"
        return Denial(control="order_quantity_min", measured=size.why, limit=limit)
    levels = bracket(barrier, leg_id, price, instrument)
    if levels is None:
        limit = f"one tick of {instrument.tick_size:f}"
        return Denial(control="stop_distance", measured="below one tick", limit=limit)
    if state.config.has_ladder(leg_id):
        levels = replace(levels, take_profit=None)
    levels = _beside_others(state, levels)
    intent = OrderIntent(
        client_order_id=order_id,
        leg_id=leg_id,
        side=OrderSide.BUY if leg_id.is_long else OrderSide.SELL,
        order_type=OrderType.MARKET,
        quantity=size.quantity,
        reference_px=price,
        time_in_force=TimeInForce.IOC,
        stop_loss=levels.stop_loss,
        take_profit=levels.take_profit,
        purpose=OrderPurpose.ENTRY,
        signal_id=signal.signal_id,
        ts_created_us=state.now_us,
    )
    return intent, size.why


def _size(state: EngineState, signal: Signal, price: Decimal, barrier: BarrierSpec) -> Size:
    """What the entry may hold, and why it is no more."""
    config, instrument_id = state.config, signal.instrument_id
    instrument, spec = state.instruments[instrument_id], config.plan.sizing
    if spec is None:
        quantity = entry_quantity(config.order_notional_usdt, price, instrument)
        return Size(quantity=quantity, why=f"{quantity:f} by usual notional")
    prices = state.risk.prices.get(instrument_id)
    question = SizeQuestion(
        notional_max=config.order_notional_usdt,
        price=price,
        stop_ratio=barrier.stop_ratio,
        target_ratio=barrier.target_ratio,
        confidence_ratio=signal.confidence_ratio,
        source=signal.source,
        equity=counted_equity(state),
        range_ratio=prices.range_ratio() if prices else None,
    )
    return entry_size(question, spec, instrument)


def _exits_misfit(state: EngineState, leg_id: LegId, price: Decimal) -> Denial | None:
    """Why an entry could not be left as declared: a distance below a tick, or rungs of an earlier
    life that still rest and would close the new one."""
    policy = state.config.exits_of(leg_id)
    if policy is not None:
        problem = policy.problem_with(state.instruments[leg_id.instrument_id], price)
        if problem is not None:
            return Denial(control="exit_policy", measured=problem, limit="at least one tick")
    if not state.leg(leg_id).is_flat:
        return None
    for order in state.live_orders(leg_id):
        if order.purpose is OrderPurpose.TARGET and order.origin is OrderOrigin.BOT:
            named = order.client_order_id
            return Denial(control="stale_exit", measured=named, limit="no rung of an earlier life")
    return None


def _beside_others(state: EngineState, levels: LegProtection) -> LegProtection:
    """`levels`, never looser than what the leg or an entry that is still under way has: where a
    stop is the leg's, as on Bybit, the one that is sent last replaces it."""
    leg_id = levels.leg_id
    if not state.leg(leg_id).is_flat:
        levels = widened_never(levels, state.wanted.get(leg_id))
    others = sorted(state.live_orders(leg_id), key=lambda o: (o.ts_created_us, o.client_order_id))
    for order in others:
        if order.purpose is OrderPurpose.ENTRY and order.stop_loss is not None:
            theirs = LegProtection(
                leg_id=leg_id, stop_loss=order.stop_loss, take_profit=order.take_profit
            )
            levels = widened_never(levels, theirs)
    return levels


def _deny(state: EngineState, signal: Signal, denial: Denial, out: list[Command]) -> None:
    """Record a denial with control, measured value and limit, and answer who asked.

    Each is written down; it is said aloud at most once a second for a control on a leg, since a
    storm of lines would hide what matters and costs more than the decisions.
    """
    leg_id, counter = signal.leg_id, f"denied:{denial.control}"
    state.counters[counter] += 1
    out.append(
        Record(
            row=RiskEvent(
                event_id=f"{signal.signal_id}:{denial.control}",
                control=denial.control,
                measured=denial.measured,
                limit=denial.limit,
                action="DENIED",
                leg_id=leg_id,
                signal_id=signal.signal_id,
                ts_init_us=state.now_us,
            ),
            ts_init_us=state.now_us,
        )
    )
    denied = OrderDenied(
        leg_id=leg_id,
        signal_id=signal.signal_id,
        control=denial.control,
        measured=denial.measured,
        limit=denial.limit,
        ts_init_us=state.now_us,
    )
    out.append(SignalDecided(signal_id=signal.signal_id, result=denied))
    key = (counter, leg_id)
    if state.pacing.is_due(key, state.now_us):
        state.pacing.ask(key, state.now_us, _SAID_AGAIN_US, _SAID_AGAIN_US)
        count = state.counters[counter]
        so_far = f" ({count} so far)" if count > 1 else ""
        out.append(Announce(level="INFO", text=f"denied {leg_id}: {denied}{so_far}"))
