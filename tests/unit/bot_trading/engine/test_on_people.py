"""What the core does when a person or a rule says stop, go on, or close."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import (
    Announce,
    CancelOrder,
    CloseLeg,
    HaltTrading,
    ResumeTrading,
    RiskEvent,
    SignalReceived,
    Stopping,
    SubmitOrder,
    TimePassed,
    TradingStateChanged,
)
from bot_trading.domain.order import OrderSide
from bot_trading.domain.reports import OrderRejected
from bot_trading.engine.state import EngineState
from tests.builders.core import (
    LONG,
    NOW_US,
    a_fill_report,
    a_ready_state,
    a_signal,
    a_snapshot,
    commands_of,
    d,
    rows_of,
    steps,
)


def _signalled(state: EngineState, name: str = "s-1") -> list[SubmitOrder]:
    event = SignalReceived(signal=a_signal(name), ts_init_us=state.now_us)
    return commands_of(steps(state, event), SubmitOrder)


@pytest.mark.parametrize("to", [TradingState.REDUCING, TradingState.HALTED])
def test_halting_denies_entries_and_takes_back_those_that_wait(to: TradingState) -> None:
    """With who and why, recorded."""
    state = a_ready_state()
    [send] = _signalled(state)
    commands = steps(state, HaltTrading(who="me", why="odd", state=to, ts_init_us=NOW_US))
    [cancel] = commands_of(commands, CancelOrder)
    assert cancel.client_order_id == send.approved.intent.client_order_id
    [row] = rows_of(commands, TradingStateChanged)
    assert (row.state, row.who, row.why) == (to, "me", "odd")
    assert _signalled(state, "s-2") == []
    steps(state, ResumeTrading(who="me", why="fine", ts_init_us=NOW_US))
    assert len(_signalled(state, "s-3")) == 1


def test_a_halt_that_repeats_asks_for_an_entry_at_growing_intervals() -> None:
    """A cancel that fails halts again: without a pause each failure would send the next request."""
    state = a_ready_state()
    [send] = _signalled(state)
    asked_at = []
    for tenth in range(100):
        now_us = NOW_US + tenth * 100_000
        events = (
            HaltTrading(who="core", why="a cancel failed", ts_init_us=now_us),
            TimePassed(ts_init_us=now_us),
        )
        cancels = commands_of(steps(state, *events), CancelOrder)
        asked_at += [tenth] * len(cancels)
    gaps = [later - earlier for earlier, later in pairwise(asked_at)]
    assert asked_at[0] == 0
    assert len(asked_at) > 2
    assert gaps == sorted(gaps)
    assert min(gaps) > 0
    assert send.approved.intent.client_order_id in state.orders


@pytest.mark.parametrize("asked", list(TradingState))
def test_only_a_person_loosens_a_halt(asked: TradingState) -> None:
    """A rule that asks for less changes nothing; a person may allow exits alone, or everything."""
    state = a_ready_state()
    steps(state, HaltTrading(who="core", why="odd", ts_init_us=NOW_US))
    rule = HaltTrading(who="rule", why="less", state=asked, ts_init_us=NOW_US)
    assert rows_of(steps(state, rule), TradingStateChanged) == []
    assert (state.trading_state, state.trading_state_why) == (TradingState.HALTED, "core: odd")
    steps(state, ResumeTrading(who="me", why="fine", state=asked, ts_init_us=NOW_US))
    assert (state.trading_state, state.trading_state_why) == (asked, "me: fine")


def test_stopping_takes_no_new_risk() -> None:
    """Whatever is still queued."""
    state = a_ready_state()
    steps(state, Stopping(ts_init_us=NOW_US), a_snapshot())
    assert state.exchange_health("bybit").not_ready == "the bot is stopping"
    assert _signalled(state) == []


CLOSE = CloseLeg(leg_id=LONG, close_ratio=d(1), request_id="r", ts_init_us=NOW_US)


def test_a_close_that_was_denied_may_be_made_again() -> None:
    """The denial is recorded under the request's id; once it closes, a repetition does nothing."""
    state = a_ready_state()
    [row] = rows_of(steps(state, CLOSE), RiskEvent)
    assert (row.control, row.action, row.event_id) == ("open_leg", "DENIED", "close:r")
    steps(state, a_fill_report())
    assert len(commands_of(steps(state, CLOSE), SubmitOrder)) == 1
    assert steps(state, CLOSE) == []


def test_who_repeats_a_close_that_came_to_nothing_is_told_so() -> None:
    """Half a leg is asked for once, and refused: its id is used, and silence would look like a
    close that is under way."""
    half = replace(CLOSE, close_ratio=d("0.5"))
    state = a_ready_state()
    steps(state, a_fill_report())
    [send] = commands_of(steps(state, half), SubmitOrder)
    assert steps(state, half) == []
    refused = OrderRejected(
        client_order_id=send.approved.intent.client_order_id,
        code="110007",
        reason="not enough balance",
        ts_init_us=NOW_US,
    )
    steps(state, refused)
    [said] = commands_of(steps(state, half), Announce)
    assert "close r was sent and came to nothing (" in said.text
    assert "not enough balance" in said.text
    assert len(commands_of(steps(state, replace(half, request_id="r-2")), SubmitOrder)) == 1


def test_a_close_of_more_than_one_order_may_hold_goes_in_pieces() -> None:
    """All at once, each under an id of its own."""
    state = a_ready_state()
    steps(state, a_fill_report(last_qty=d(250)))
    sends = [send.approved.intent for send in commands_of(steps(state, CLOSE), SubmitOrder)]
    assert [intent.quantity for intent in sends] == [100, 100, 50]
    assert len({intent.client_order_id for intent in sends}) == 3
    assert state.closing_qty(LONG) == 250
    assert steps(state, CLOSE) == []


def test_a_flat_leg_leaves_no_count_of_its_exits() -> None:
    """The keys of a life never come back, so they need not be kept."""
    state = a_ready_state()
    steps(state, a_fill_report(), CLOSE)
    assert set(state.exit_attempts) == {LONG}
    steps(state, a_fill_report(trade_id="t-2", side=OrderSide.SELL))
    assert state.exit_attempts == {}
