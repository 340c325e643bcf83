"""What the core does when a person or a rule says stop, go on, or close."""

from __future__ import annotations

from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import (
    Announce,
    CloseLeg,
    Command,
    HaltTrading,
    Record,
    ResumeTrading,
    RiskEvent,
    Stopping,
    TradingStateChanged,
)
from bot_trading.domain.order import OrderOrigin, OrderPurpose
from bot_trading.engine.decide import withdraw
from bot_trading.engine.leave import exit_id, exit_leg
from bot_trading.engine.state import EngineState

__all__ = ["on_close_leg", "on_halt", "on_resume", "on_stopping", "withdraw_entries"]


def on_halt(state: EngineState, event: HaltTrading, out: list[Command]) -> None:
    """Stop new risk and take back entries that rest; protection keeps resting.

    A rule that asks for less than what holds already changes nothing: only a person loosens.
    """
    if event.state.strictness > state.trading_state.strictness:
        _change_state(state, event.state, event.who, event.why, out)
    else:
        text = f"trading state stays {state.trading_state}; {event.who}: {event.why}"
        out.append(Announce(level="WARNING", text=text))
    withdraw_entries(state, out)


def on_stopping(state: EngineState, event: Stopping, out: list[Command]) -> None:
    """The process ends: no new risk, entries that rest are taken back, stops keep resting."""
    for health in state.health.values():
        health.not_ready = "the bot is stopping"
        health.is_stream_up = False
    for order_id in state.orders:
        state.pacing.forget(("withdraw", order_id))
    withdraw_entries(state, out)


def on_resume(state: EngineState, event: ResumeTrading, out: list[Command]) -> None:
    """A person allows new risk again."""
    _change_state(state, event.state, event.who, event.why, out)


def on_close_leg(state: EngineState, event: CloseLeg, out: list[Command]) -> None:
    """A person closes a part of a leg, in every trading state; the same request closes once.

    One that was denied may be made again. One that was sent and came to nothing may not, since its
    id is used: who repeats it is told so.
    """
    request, cause = f"close:{event.request_id}", f"operator {event.request_id}"
    known = state.order(exit_id(state.config.account, request, 1))
    if known is not None:
        if known.status.is_terminal and not known.filled_qty and event.leg_id not in state.closes:
            text = f"{event.leg_id}: close {event.request_id} was sent and came to nothing"
            text = f"{text} ({known.reason or known.status}): ask again under another request id"
            out.append(Announce(level="WARNING", text=text, leg_id=event.leg_id))
        return
    denial = exit_leg(state, event.leg_id, event.close_ratio, cause, out, request)
    if denial is None:
        return
    text = f"{event.leg_id} was not closed: {denial.control}: {denial.measured}"
    out.append(Announce(level="WARNING", text=f"{text}, limit {denial.limit}"))
    row = RiskEvent(
        event_id=f"close:{event.request_id}",
        control=denial.control,
        measured=denial.measured,
        limit=denial.limit,
        action="DENIED",
        leg_id=event.leg_id,
        signal_id=None,
        ts_init_us=state.now_us,
    )
    out.append(Record(row=row, ts_init_us=state.now_us))


def withdraw_entries(state: EngineState, out: list[Command]) -> None:
    """Ask for every entry that may still fill, again at growing intervals: a cancel that fails
    halts once more, and must not be followed by the next one at once."""
    for order in tuple(state.orders.values()):
        if order.purpose is OrderPurpose.ENTRY and order.origin is OrderOrigin.BOT:
            withdraw(state, order, out)


def _change_state(
    state: EngineState, to: TradingState, who: str, why: str, out: list[Command]
) -> None:
    state.trading_state = to
    state.trading_state_why = f"{who}: {why}"
    row = TradingStateChanged(state=to, who=who, why=why, ts_init_us=state.now_us)
    out.append(Record(row=row, ts_init_us=state.now_us))
    out.append(Announce(level="WARNING", text=f"trading state is {to}, by {who}: {why}"))
