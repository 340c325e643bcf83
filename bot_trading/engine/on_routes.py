"""Where new legs go, moved by the health of the exchanges, and where they may not: a person's."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.account import ForeignPolicy
from bot_trading.domain.instrument import InstrumentId, LegId
from bot_trading.domain.messages import Announce, Command, Record, RiskEvent
from bot_trading.domain.order import OrderOrigin, OrderPurpose
from bot_trading.domain.signal import Signal
from bot_trading.engine.beyond_rows import is_beyond_rows
from bot_trading.engine.state import EngineState
from bot_trading.execution.ids import derive_client_order_id

__all__ = [
    "entry_ids",
    "follow_route",
    "foreign_quantity",
    "is_heard_here",
    "routed",
]


def follow_route(state: EngineState, out: list[Command]) -> None:
    """Let entries go where the exchanges' health says; each change is a risk event."""
    not_ready = {name: health.not_ready for name, health in state.health.items()}
    change = state.route.follow(not_ready, state.now_us)
    if change is None:
        return
    state.counters[f"entries_to:{change.to}"] += 1
    row = RiskEvent(
        event_id=f"entries:{change.to}:{state.now_us}",
        control="entry_exchange",
        measured=change.why,
        limit=f"entries leave {change.left} for {change.to}",
        action="RETURNED" if change.is_return else "FAILED_OVER",
        leg_id=None,
        signal_id=None,
        ts_init_us=state.now_us,
    )
    out.append(Record(row=row, ts_init_us=state.now_us))
    text = f"new legs go to {change.to}, open ones stay where they are: {change.why}"
    out.append(Announce(level="WARNING", text=text))


def is_heard_here(state: EngineState, instrument_id: InstrumentId) -> bool:
    """True where a strategy's opinion on an instrument is followed: each exchange's candles make
    one of the same market, and only that of the exchange which takes entries counts."""
    return instrument_id.exchange == state.route.active


def routed(state: EngineState, signal: Signal) -> Signal:
    """The signal as one on the exchange that takes entries; one on a stranger's stays as it is."""
    active = state.route.active
    here = signal.instrument_id
    if here.exchange == active or here.exchange not in state.route.exchanges:
        return signal
    return replace(signal, instrument_id=InstrumentId(active, here.symbol))


def entry_ids(state: EngineState, signal: Signal) -> dict[str, str]:
    """By exchange, the ids of the orders by which the signal would be followed there."""
    account, leg_id = state.config.account, signal.leg_id
    return {
        exchange: derive_client_order_id(
            account,
            OrderPurpose.ENTRY,
            signal.signal_id,
            str(LegId(exchange, leg_id.symbol, leg_id.position_idx)),
        )
        for exchange in dict.fromkeys((leg_id.exchange, *state.route.exchanges))
    }


def foreign_quantity(state: EngineState, leg_id: LegId) -> Decimal:
    """What a person holds on a leg that is left to them; zero under any other policy.

    While an order of ours is under way on the leg, what the exchange reports may be ours. What no
    row can keep is never ours.
    """
    report = state.leg_reports.get(leg_id)
    if report is not None and is_beyond_rows(state, leg_id.instrument_id, report.quantity):
        return report.quantity
    if state.config.foreign is not ForeignPolicy.IGNORE or not state.leg(leg_id).is_flat:
        return Decimal(0)
    ours = (state.order(order_id) for order_id in (*state.orders, *state.unsettled))
    if any(each and each.leg_id == leg_id and each.origin is OrderOrigin.BOT for each in ours):
        return Decimal(0)
    return Decimal(0) if report is None else report.quantity
