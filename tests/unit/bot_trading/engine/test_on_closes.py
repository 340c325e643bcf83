"""A leg that was to be left as a whole is left, or people are told why not."""

from __future__ import annotations

from itertools import pairwise

from bot_trading.domain.messages import (
    Announce,
    CancelOrder,
    CloseLeg,
    Command,
    RiskEvent,
    SubmitOrder,
    TimePassed,
)
from bot_trading.domain.order import OrderPurpose, OrderSide, OrderStatus, OrderType
from bot_trading.domain.reports import OrderRejected
from bot_trading.engine.leave import try_exit
from bot_trading.engine.on_closes import TRIES_MAX
from bot_trading.engine.state import EngineState
from tests.builders.core import (
    LONG,
    NOW_US,
    a_fill_report,
    a_leg_report,
    a_ready_state,
    an_order,
    an_order_report,
    commands_of,
    d,
    rows_of,
    steps,
)

SECOND_US = 1_000_000
REFUSAL = "ReduceOnly Order is rejected."


def _closing(state: EngineState) -> SubmitOrder:
    """The exit of a person's whole close."""
    wish = CloseLeg(leg_id=LONG, close_ratio=d(1), request_id="r-1", ts_init_us=NOW_US)
    [send] = commands_of(steps(state, wish), SubmitOrder)
    assert isinstance(send, SubmitOrder)
    return send


def _holding() -> EngineState:
    state = a_ready_state()
    steps(state, a_fill_report(), a_leg_report())
    return state


def _refuse(state: EngineState, send: SubmitOrder) -> None:
    named = send.approved.intent.client_order_id
    refusal = OrderRejected(
        client_order_id=named, code="-2022", reason=REFUSAL, ts_init_us=state.now_us
    )
    steps(state, refusal)


def _later(state: EngineState, seconds: float) -> list[Command]:
    now_us = state.now_us + round(seconds * SECOND_US)
    return steps(state, TimePassed(ts_init_us=now_us))


def test_a_refused_close_is_asked_for_again() -> None:
    """As another order, for what the leg holds, after a pause; what fills ends the matter."""
    state = _holding()
    first = _closing(state)
    _refuse(state, first)
    assert commands_of(_later(state, 0.1), SubmitOrder) == []
    [second] = commands_of(_later(state, 1), SubmitOrder)
    intent = second.approved.intent
    assert intent.client_order_id != first.approved.intent.client_order_id
    assert (intent.quantity, intent.reduce_only) == (d("0.010"), True)
    fill = a_fill_report(client_order_id=intent.client_order_id, side=intent.side, trade_id="t-2")
    steps(state, fill)
    assert state.leg(LONG).is_flat
    assert state.closes == {}


def test_it_waits_until_the_orders_that_hold_the_leg_are_gone() -> None:
    """A cancel that is answered late: sent while the order rests, the exit is refused again."""
    state = _holding()
    rung = an_order(
        client_order_id="rung-1",
        side=OrderSide.SELL,
        order_type=OrderType.LIMIT,
        price=d("51000"),
        quantity=d("0.005"),
        reduce_only=True,
        purpose=OrderPurpose.TARGET,
        status=OrderStatus.ACCEPTED,
    )
    state.put_order(rung)
    _refuse(state, _closing(state))
    while_it_rests = [command for _ in range(3) for command in _later(state, 1)]
    assert commands_of(while_it_rests, SubmitOrder) == []
    assert {each.client_order_id for each in commands_of(while_it_rests, CancelOrder)} == {"rung-1"}
    gone = an_order_report(
        client_order_id="rung-1",
        status=OrderStatus.CANCELED,
        quantity=d("0.005"),
        filled_qty=d(0),
        side=OrderSide.SELL,
        ts_event_us=state.now_us,
    )
    steps(state, gone)
    assert len(commands_of(_later(state, 0.1), SubmitOrder)) == 1


def test_a_cancel_that_is_never_answered_is_not_waited_for_for_ever() -> None:
    """The leg is worth more than the order that rests."""
    state = _holding()
    state.put_order(
        an_order(
            client_order_id="rung-1",
            side=OrderSide.SELL,
            order_type=OrderType.LIMIT,
            price=d("51000"),
            quantity=d("0.005"),
            reduce_only=True,
            purpose=OrderPurpose.TARGET,
            status=OrderStatus.ACCEPTED,
        )
    )
    _refuse(state, _closing(state))
    assert commands_of(_later(state, 5), SubmitOrder) == []
    assert len(commands_of(_later(state, 26), SubmitOrder)) == 1


def test_a_close_that_is_refused_again_and_again_is_told() -> None:
    """After so many tries, at growing intervals, with the exchange's words, and then no more."""
    state = _holding()
    _refuse(state, _closing(state))
    said: list[Command] = []
    tries = []
    for second in range(600):
        commands = _later(state, 1)
        said += commands
        for send in commands_of(commands, SubmitOrder):
            tries.append(second)
            _refuse(state, send)
    assert len(tries) == TRIES_MAX
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == sorted(gaps)
    [row] = [each for each in rows_of(said, RiskEvent) if each.control == "close_refused"]
    assert REFUSAL in row.measured
    [told] = [each for each in commands_of(said, Announce) if each.level == "ERROR"]
    assert REFUSAL in told.text
    assert state.closes == {}


def test_an_exit_of_a_rule_is_asked_for_again_too() -> None:
    """The rule that decided on it may have nothing more to say."""
    state = _holding()
    out: list[Command] = []
    try_exit(state, LONG, "no stop can rest", out)
    [send] = commands_of(out, SubmitOrder)
    _refuse(state, send)
    assert len(commands_of(_later(state, 1.1), SubmitOrder)) == 1


def test_what_came_after_a_close_is_not_closed() -> None:
    """An exit that filled has done what was asked; a later fill of an entry is another matter."""
    state = _holding()
    send = _closing(state)
    intent = send.approved.intent
    late_entry = a_fill_report(trade_id="t-2", last_qty=d("0.004"))
    closed = a_fill_report(client_order_id=intent.client_order_id, side=intent.side, trade_id="t-3")
    steps(state, late_entry, closed)
    assert state.leg(LONG).quantity == d("0.004")
    assert commands_of(_later(state, 2), SubmitOrder) == []
    assert state.closes == {}
