"""Legs are left by orders that only reduce them; what no order reaches is told."""

from __future__ import annotations

from bot_trading.domain.messages import Announce, Command, RiskEvent, SubmitOrder, TimePassed
from bot_trading.domain.reports import OrderRejected, QuoteSeen
from bot_trading.engine.leave import exit_leg, try_exit
from bot_trading.engine.state import EngineState
from tests.builders.core import (
    BTC,
    LONG,
    NOW_US,
    a_fill_report,
    a_leg_report,
    a_quote,
    a_ready_state,
    an_instrument,
    commands_of,
    d,
    rows_of,
    steps,
)


def test_a_leg_can_be_closed_without_last_and_mark_price() -> None:
    """The average entry price values the order; closing needs no opinion about the market."""
    state = a_ready_state()
    steps(state, a_fill_report())
    steps(state, QuoteSeen(quote=a_quote(last=None, mark=None)))
    assert exit_leg(state, LONG, d(1), "test", []) is None


def _exit_id(state: EngineState) -> str:
    out: list[Command] = []
    assert exit_leg(state, LONG, d(1), "horizon is over", out) is None
    [send] = commands_of(out, SubmitOrder)
    key: str = send.approved.intent.client_order_id
    return key


def test_an_exit_after_a_restart_is_recognisable_and_not_taken_for_another() -> None:
    """The same decision has the same id, the exit of what a first one left has its own."""
    ids = []
    for held in ("0.010", "0.0100", "0.004"):
        state = a_ready_state()
        steps(state, a_fill_report(last_qty=d(held)))
        ids.append(_exit_id(state))
    assert ids[0] == ids[1] != ids[2]


def test_a_part_below_the_minimum_is_not_closed() -> None:
    """It says what it measured."""
    state = a_ready_state()
    steps(state, a_fill_report())
    denial = exit_leg(state, LONG, d("0.05"), "test", [])
    assert denial is not None
    assert denial.control == "order_quantity_min"


def _off_step(held: str) -> EngineState:
    """A long leg on an exchange whose step has become 0.001."""
    state = a_ready_state()
    state.instruments[BTC] = an_instrument(qty_step=d("0.001"), min_qty=d("0.001"))
    steps(state, a_fill_report(last_qty=d(held)), a_leg_report(quantity=d(held)))
    return state


def _errors(commands: list[Command]) -> list[str]:
    return [each.text for each in commands_of(commands, Announce) if each.level == "ERROR"]


def _refused_whole(held: str) -> EngineState:
    """The same, and the exchange did not close all of the leg when it was asked to."""
    state = _off_step(held)
    out: list[Command] = []
    try_exit(state, LONG, "horizon is over", out)
    [send] = commands_of(out, SubmitOrder)
    intent = send.approved.intent
    assert intent.closes_all
    assert intent.quantity == d(held)
    assert _errors(out) == []
    no = OrderRejected(
        client_order_id=intent.client_order_id, code="10001", reason="no", ts_init_us=NOW_US
    )
    steps(state, no)
    state.now_us += 60_000_000
    return state


def test_only_a_whole_exit_off_the_step_closes_all() -> None:
    """A part has its quantity, and so has a leg on the step or above what one order may hold."""
    for held, ratio, most in (("0.0015", "0.7", "100"), ("0.002", "1", "100"), ("9.5", "1", "9")):
        state = _off_step(held)
        state.instruments[BTC] = an_instrument(qty_step=d("0.001"), max_market_qty=d(most))
        out: list[Command] = []
        assert exit_leg(state, LONG, d(ratio), "test", out) is None
        assert not any(send.approved.intent.closes_all for send in commands_of(out, SubmitOrder))


def test_what_the_step_reaches_is_closed_and_the_rest_is_told_once() -> None:
    """An order for all of it would be refused, and with it the part that can leave."""
    state = _refused_whole("0.0015")
    out: list[Command] = []
    try_exit(state, LONG, "horizon is over", out)
    [send] = commands_of(out, SubmitOrder)
    assert not send.approved.intent.closes_all
    assert send.approved.intent.quantity == d("0.001")
    [said] = _errors(out)
    assert "0.0005 of BTCUSDT.bybit-LONG" in said
    assert "by hand" in said
    [row] = rows_of(out, RiskEvent)
    assert (row.control, row.measured, row.action) == ("dust", "0.0005", "DENIED")
    again: list[Command] = []
    state.now_us += 60_000_000
    try_exit(state, LONG, "horizon is over", again)
    assert _errors(again) == []


def test_a_leg_below_the_step_is_told_once_and_not_with_every_tick() -> None:
    """No order closes it, whatever asks for its exit; a person has to."""
    state = _refused_whole("0.0005")
    horizon_us = state.config.barrier.horizon_s * 1_000_000
    later = NOW_US + horizon_us + 1_000_000
    steps(state, QuoteSeen(quote=a_quote(ts_event_us=later, ts_init_us=later)))
    ticks = [TimePassed(ts_init_us=later + 250_000 * n) for n in range(400)]
    commands = steps(state, *ticks)
    assert len(_errors(commands)) == 1
    assert commands_of(commands, SubmitOrder) == []
    assert len(rows_of(commands, RiskEvent)) == 1


def test_a_denied_exit_is_told_and_tried_again_at_growing_intervals() -> None:
    """Money stays at risk meanwhile, so that nobody may miss it."""
    state = a_ready_state()
    steps(state, a_fill_report(), a_leg_report())
    state.instruments[BTC] = an_instrument(is_trading=False)
    later = NOW_US + (state.config.barrier.horizon_s + 1) * 1_000_000
    steps(state, QuoteSeen(quote=a_quote(ts_event_us=later, ts_init_us=later)))
    commands = steps(state, *(TimePassed(ts_init_us=later + 250_000 * n) for n in range(480)))
    said = [e.text for e in commands_of(commands, Announce) if "was not closed" in e.text]
    assert 4 <= len(said) <= 9
    assert "horizon is over" in said[0]
    assert "instrument_trading" in said[0]
    assert len(rows_of(commands, RiskEvent)) == len(said)
