"""Open quantity is protected by a stop that rests on the exchange, and its time is limited."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.account import TradingState
from bot_trading.domain.capabilities import capabilities_of
from bot_trading.domain.exits import ProtectionStep, StepStatus
from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import Announce, Command, Record, RiskEvent, SetLegProtection
from bot_trading.domain.order import Order
from bot_trading.domain.position import LegProtection, NativeTrailing, PositionLeg
from bot_trading.domain.reports import LegReport, ProtectionRefused, ProtectionSet
from bot_trading.engine.leave import try_exit
from bot_trading.engine.state import EngineState
from bot_trading.sltp.bracket import bracket, is_expired, missing_protection

__all__ = [
    "ask_why",
    "close_expired",
    "is_closing",
    "note_further_entry",
    "note_other_commission",
    "on_leg_report",
    "on_protection_refused",
    "on_protection_set",
    "protect",
    "protect_open_legs",
]


def ask_why(state: EngineState, order: Order) -> None:
    """An exchange that cannot reduce a leg which we hold, or takes no entry, knows what we have not
    heard: that the leg is gone, or that the account is in another mode. It is read as a whole; for
    entries only where that was not done a moment ago, since many may be refused in a row."""
    if order.reduce_only:
        health = state.exchange_health(order.leg_id.exchange)
        health.snapshot_wanted |= not state.leg(order.leg_id).is_flat
    else:
        _read_again(state, order.leg_id.exchange)


def _read_again(state: EngineState, exchange: str) -> None:
    """Want the exchange read as a whole, where that was not done a moment ago."""
    health = state.exchange_health(exchange)
    health.snapshot_wanted |= health.snapshot_us <= state.now_us - state.config.reach_us


def on_leg_report(state: EngineState, event: LegReport, out: list[Command]) -> None:
    """The exchange's own view of a leg: what rests for it, and whether we agree on its size."""
    known = state.leg_reports.get(event.leg_id)
    if known is not None and event.ts_event_us < known.ts_event_us:
        return
    state.leg_reports[event.leg_id] = event
    if event.quantity == 0:
        state.resting.pop(event.leg_id, None)
        return
    before = state.resting.get(event.leg_id)
    if before is not None and before.stop_loss is not None and event.stop_loss is None:
        state.pacing.forget(("protection", event.leg_id))
    trails = event.trailing_distance
    if before is not None and before.trailing is not None and trails is None:
        text = f"{event.leg_id.exchange} trails {event.leg_id} no more"
        out.append(Announce(level="WARNING", text=text, leg_id=event.leg_id))
    state.resting[event.leg_id] = LegProtection(
        leg_id=event.leg_id,
        stop_loss=event.stop_loss,
        take_profit=event.take_profit,
        trailing=None if trails is None else NativeTrailing(distance=trails),
    )
    protect(state, event.leg_id, out)


def on_protection_set(state: EngineState, event: ProtectionSet, out: list[Command]) -> None:
    """What we asked for rests."""
    leg_id, trailing = event.protection.leg_id, event.protection.trailing
    state.pacing.forget(("protection", leg_id))
    if not state.leg(leg_id).is_flat:
        before = state.resting.get(leg_id)
        left = trailing if trailing is not None or before is None else before.trailing
        state.resting[leg_id] = replace(event.protection, trailing=left)
        note = "" if trailing is None else "the position tells its distance"
        _note_step(state, event.protection, StepStatus.SET, note, out)
    text = f"stop {event.protection.stop_loss} and target {event.protection.take_profit} rest"
    if trailing is not None:
        text = f"{_words_of(trailing)} and {text}"
    out.append(Announce(level="INFO", text=f"{text} for {leg_id}", leg_id=leg_id))


def on_protection_refused(state: EngineState, event: ProtectionRefused, out: list[Command]) -> None:
    """The exchange did not take the protection: try again, or close what cannot be protected.

    What the exchange did not answer, or was never sent, is tried again, since setting the same
    protection twice changes nothing. A refusal while no stop rests means that the price is beyond
    the stop already: the leg is closed. So is a leg whose decided stop the price has passed before
    it could rest. A refusal may also mean that the leg is gone (OKX 51023, Bybit 10001 of a zero
    position), so the exchange is read again.
    """
    leg_id = event.protection.leg_id
    resting = state.resting.get(leg_id)
    text = f"protection of {leg_id} was refused: {event.code}: {event.reason}"
    out.append(Announce(level="WARNING", text=text, leg_id=leg_id))
    _note_step(state, event.protection, StepStatus.REFUSED, f"{event.code}: {event.reason}", out)
    if event.code == "unknown" or state.leg(leg_id).is_flat:
        return
    is_refused = event.code != "not sent"
    if is_refused:
        _read_again(state, leg_id.exchange)
    if is_closing(state, leg_id):
        return
    if is_refused and (resting is None or resting.stop_loss is None):
        try_exit(state, leg_id, "no stop can rest", out)
    elif _is_passed(state, leg_id):
        try_exit(state, leg_id, "the price passed the stop", out)


def _is_passed(state: EngineState, leg_id: LegId) -> bool:
    """True when the last price is at or beyond the stop that exits decided on."""
    quote, wanted = state.quotes.get(leg_id.instrument_id), state.wanted.get(leg_id)
    if leg_id not in state.exits or quote is None or quote.last is None or wanted is None:
        return False
    stop = wanted.stop_loss
    return stop is not None and (quote.last <= stop if leg_id.is_long else quote.last >= stop)


def note_further_entry(
    state: EngineState, leg_id: LegId, price: Decimal, out: list[Command]
) -> None:
    """The order of a further entry brought a tighter stop, which rests with its fill."""
    exits = state.exits.get(leg_id)
    if exits is not None:
        state.exits[leg_id] = replace(exits, cause="further entry", price_seen=price)
        _note_step(state, state.wanted[leg_id], StepStatus.ATTACHED, "", out)


def note_other_commission(state: EngineState, fill: Fill, out: list[Command]) -> None:
    """A fee in another coin is kept with its fill and enters no sum of quote coin: counted, and
    said once for each coin of an exchange."""
    other = fill.other_commission
    if other is None:
        return
    counter = f"commission_in:{fill.leg_id.exchange}:{other.coin}"
    state.counters[counter] += 1
    if state.counters[counter] > 1:
        return
    text = f"{fill.leg_id.exchange} takes fees in {other.coin}: results leave them out"
    row = RiskEvent(
        event_id=f"commission_coin:{fill.leg_id.exchange}:{fill.leg_id.symbol}:{fill.trade_id}",
        control="commission_coin",
        measured=f"{other.amount:f} {other.coin}",
        limit="fees in quote coin",
        action="KEPT_APART",
        leg_id=fill.leg_id,
        signal_id=None,
        ts_init_us=state.now_us,
    )
    out.append(Record(row=row, ts_init_us=state.now_us))
    out.append(Announce(level="WARNING", text=text, leg_id=fill.leg_id))


def _note_step(
    state: EngineState,
    protection: LegProtection,
    status: StepStatus,
    note: str,
    out: list[Command],
) -> None:
    """Write down a step of the stop's path, where a leg has one."""
    exits = state.exits.get(protection.leg_id)
    if exits is None:
        return
    step = ProtectionStep(
        protection=protection,
        episode=exits.episode,
        cause=exits.cause if protection.trailing is None else _words_of(protection.trailing),
        price_seen=exits.price_seen,
        status=status,
        updates=exits.updates,
    )
    out.append(Record(row=step, ts_init_us=state.now_us, note=note))


def _words_of(trailing: NativeTrailing) -> str:
    active_px = trailing.active_px
    start = "at once" if active_px is None else f"from {active_px.normalize():f} on"
    return f"native trailing by {trailing.distance.normalize():f} {start}"


def protect(
    state: EngineState, leg_id: LegId, out: list[Command], *, at_once: bool = False
) -> None:
    """Ask for the protection that is missing, unless it was asked for a moment ago.

    Where an entry carries its stop the leg is given a moment to report it, also when exits would
    move it `at_once`: before the exchange shows the leg it refuses any stop of it. Where entries
    carry none it is asked for with the first fill. While no stop rests,
    asking never slows down, unless the exchange said since that it holds no such leg, or the leg is
    less than any order may close; a target or a tighter stop that is refused again and again is
    asked for less, too.
    """
    leg = state.leg(leg_id)
    if leg.is_flat or not _is_heard_of(state, leg_id):
        return
    wanted = _wanted(state, leg)
    if wanted is None:
        return
    resting = state.resting.get(leg_id)
    missing = missing_protection(leg, wanted, resting)
    if missing is None and resting is not None and resting.trailing is None:
        missing = _missing_trailing(state, leg, resting)
    if missing is None:
        return
    config, pacing, key = state.config, state.pacing, ("protection", leg_id)
    held_us = state.now_us - state.leg_changed_us.get(leg_id, 0)
    is_attached = capabilities_of(leg_id.exchange).attached_stop
    is_new = is_attached and not pacing.was_asked(key) and held_us < config.ask_again_us
    waits = is_new and not (at_once and resting is not None)
    if waits or not pacing.is_due(key, state.now_us):
        return
    has_stop = resting is not None and resting.stop_loss is not None
    may_slow_down = has_stop or _is_gone_there(state, leg_id) or _is_dust(state, leg)
    max_us = config.ask_again_max_us if may_slow_down else config.ask_again_us
    pacing.ask(key, state.now_us, config.ask_again_us, max_us)
    exits = state.exits.get(leg_id)
    cause = "the wanted protection does not rest" if exits is None else exits.cause
    order = SetLegProtection(protection=missing, cause=cause)
    if exits is None:
        out.append(Record(row=order, ts_init_us=state.now_us, note=order.cause))
    _note_step(state, missing, StepStatus.ASKED, "", out)
    out.append(order)


def _missing_trailing(
    state: EngineState, leg: PositionLeg, resting: LegProtection
) -> LegProtection | None:
    """The trailing stop that the exchange shall move, beside what rests as it is wanted.

    It is asked for once in a life of the leg, and again only when the exchange no longer tells one.
    """
    leg_id = leg.leg_id
    manager = state.manager_of(leg_id)
    if manager is None or not manager.policy.trails_natively or is_closing(state, leg_id):
        return None
    quote = state.quotes.get(leg_id.instrument_id)
    instrument = state.instruments.get(leg_id.instrument_id)
    if instrument is None or quote is None or quote.last is None:
        return None
    trailing = manager.native_trailing(leg, quote.last, instrument)
    return None if trailing is None else replace(resting, trailing=trailing)


def _is_gone_there(state: EngineState, leg_id: LegId) -> bool:
    """True when the exchange said after the leg last changed here that it is flat: a close was not
    told, and asking every second would take the place of the reading that finds it."""
    report = state.leg_reports.get(leg_id)
    if report is None or report.quantity > 0:
        return False
    return report.ts_init_us > state.leg_changed_us.get(leg_id, 0)


def _is_dust(state: EngineState, leg: PositionLeg) -> bool:
    """True when the leg holds less than the exchange's step."""
    instrument = state.instruments.get(leg.leg_id.instrument_id)
    return instrument is not None and instrument.quantity_down(leg.quantity) == 0


def _is_heard_of(state: EngineState, leg_id: LegId) -> bool:
    """False after a start until the exchange told what rests: asked for blindly, the stop that we
    remember could loosen a tighter one."""
    return leg_id in state.leg_reports or leg_id.exchange in state.wallet_origin


def protect_open_legs(state: EngineState, out: list[Command]) -> None:
    """Look after every open leg."""
    for leg in state.open_legs():
        protect(state, leg.leg_id, out)


def close_expired(state: EngineState, out: list[Command]) -> None:
    """Close legs whose horizon is over, by the exchange's time; a halted bot decides nothing."""
    if not state.valuation.open or state.trading_state is TradingState.HALTED:
        return
    for leg in state.open_legs():
        if state.group_id_of(leg.leg_id) is not None:
            continue  # The legs of a group are left together.
        market_us = state.exchange_health(leg.leg_id.exchange).market_us
        if is_expired(leg, state.config.barrier, market_us) and not is_closing(state, leg.leg_id):
            try_exit(state, leg.leg_id, "horizon is over", out)


def is_closing(state: EngineState, leg_id: LegId) -> bool:
    """True while an exit is under way, and for a while after one was sent: an exchange that
    refuses is not asked with every tick."""
    return not state.pacing.is_due(("exit", leg_id), state.now_us) or state.closing_qty(leg_id) > 0


def _wanted(state: EngineState, leg: PositionLeg) -> LegProtection | None:
    """What should rest: as decided at entry, else what rests, else the policy at entry price."""
    wanted = state.wanted.get(leg.leg_id)
    if wanted is not None:
        return wanted
    resting = state.resting.get(leg.leg_id)
    instrument = state.instruments.get(leg.leg_id.instrument_id)
    if resting is not None and resting.stop_loss is not None:
        wanted = replace(resting, trailing=None)
    elif instrument is not None and leg.avg_px is not None:
        wanted = bracket(state.config.barrier, leg.leg_id, leg.avg_px, instrument)
    if wanted is not None and state.config.has_ladder(leg.leg_id):
        wanted = replace(wanted, take_profit=None)
    if wanted is not None:
        state.wanted[leg.leg_id] = wanted
    return wanted
