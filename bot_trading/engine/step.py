"""The pure step: one event in, commands out. Everything that trades calls exactly this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot_trading.domain import messages, reports, returns
from bot_trading.domain.messages import Command, Event, SignalReceived
from bot_trading.engine import (
    decide,
    on_amends,
    on_groups,
    on_legs,
    on_market,
    on_orders,
    on_people,
    on_world,
    risk_book,
    risk_watch,
)
from bot_trading.engine.state import EngineState

__all__ = ["step"]


def step(state: EngineState, event: Event, out: list[Command] | None = None) -> list[Command]:
    """Decide what follows from `event`; mutates only the state that the core owns.

    Deterministic and without I/O: time comes with the event. Commands are to be carried out in
    their order, with every `Record` of the turn committed before its sends. They are added to
    `out`, which shows how far a step came that raised.
    """
    handler = _HANDLERS[type(event)]
    ts_init_us = event.ts_init_us
    if ts_init_us > state.now_us:
        state.now_us = ts_init_us
    out = [] if out is None else out
    handler(state, event, out)
    on_groups.look_at_groups(state, event, out)
    for halt in risk_watch.after_turn(state, event, out):
        _HANDLERS[type(halt)](state, halt, out)
    return out


def _on_signal(state: EngineState, event: SignalReceived, out: list[Command]) -> None:
    decide.enter(state, event.signal, out)


# The key is the type of the handler's own event, which a type checker cannot express in a table.
_HANDLERS: dict[type, Callable[[EngineState, Any, list[Command]], None]] = {
    reports.CandleClosed: on_market.on_candle_closed,
    reports.CandleHistory: on_market.on_candle_history,
    reports.QuoteSeen: on_market.on_quote,
    reports.OrderAccepted: on_orders.on_accepted,
    reports.OrderRejected: on_orders.on_rejected,
    reports.OrderOutcomeUnknown: on_orders.on_outcome_unknown,
    reports.OrderNotFound: on_orders.on_not_found,
    reports.OrderReport: on_orders.on_order_report,
    reports.FillReport: on_orders.on_fill,
    reports.FundingReport: on_orders.on_funding,
    reports.LegReport: on_legs.on_leg_report,
    reports.ProtectionSet: on_legs.on_protection_set,
    reports.ProtectionRefused: on_legs.on_protection_refused,
    reports.BalanceReport: on_world.on_balance,
    reports.ExchangeSnapshot: on_world.on_snapshot,
    messages.StreamUp: on_world.on_stream_up,
    messages.StreamDown: on_world.on_stream_down,
    messages.UnsupportedSeen: on_world.on_unsupported,
    messages.ReadFailed: on_world.on_read_failed,
    messages.AmendAnswered: on_amends.on_amend_answered,
    messages.Stopping: on_people.on_stopping,
    messages.StoreUp: on_world.on_store_up,
    messages.StoreDown: on_world.on_store_down,
    messages.RowRefused: on_world.on_row_refused,
    messages.TimePassed: on_world.on_time,
    messages.SignalReceived: _on_signal,
    messages.HaltTrading: on_people.on_halt,
    messages.ResumeTrading: on_people.on_resume,
    returns.ReturnsRead: risk_book.on_returns,
    returns.GroupsEstimated: risk_book.on_groups,
    messages.CloseLeg: on_people.on_close_leg,
}
