"""From an opinion to an order, or to a denial that says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.messages import (
    Announce,
    OrderDenied,
    Record,
    SignalDecided,
    SignalReceived,
    SubmitOrder,
)
from bot_trading.domain.order import Order, OrderSide, OrderType, TimeInForce
from bot_trading.domain.reports import OrderAccepted, QuoteSeen
from bot_trading.domain.signal import Direction, Signal
from bot_trading.engine.decide import risk_view
from bot_trading.engine.state import EngineState
from tests.builders.core import (
    LONG,
    NOW_US,
    SHORT,
    a_core_config,
    a_fill_report,
    a_quote,
    a_ready_state,
    a_signal,
    a_snapshot,
    an_instrument,
    commands_of,
    d,
    steps,
)


def _heard(state: EngineState, signal: Signal) -> list[object]:
    return list(steps(state, SignalReceived(signal=signal, ts_init_us=state.now_us)))


def _denial(state: EngineState, name: str = "s-1") -> OrderDenied:
    [decided] = commands_of(_heard(state, a_signal(name)), SignalDecided)  # type: ignore[arg-type]
    assert isinstance(decided.result, OrderDenied)
    return decided.result


@pytest.mark.parametrize(
    ("direction", "leg", "side", "stop", "target"),
    [
        (Direction.LONG, LONG, OrderSide.BUY, "49700", "50450"),
        (Direction.SHORT, SHORT, OrderSide.SELL, "50300", "49550"),
    ],
)
def test_a_signal_becomes_a_protected_market_order_on_its_leg(
    direction: Direction, leg: object, side: OrderSide, stop: str, target: str
) -> None:
    """1000 USDT at 50000, immediate or cancel, with the stop and target of the policy."""
    commands = _heard(a_ready_state(), a_signal(direction=direction))
    [send] = commands_of(commands, SubmitOrder)  # type: ignore[arg-type]
    intent = send.approved.intent
    assert (intent.leg_id, intent.side, intent.quantity) == (leg, side, d("0.020"))
    assert (intent.order_type, intent.time_in_force) == (OrderType.MARKET, TimeInForce.IOC)
    assert (intent.stop_loss, intent.take_profit) == (d(stop), d(target))


@pytest.mark.parametrize(("suggested", "stop"), [("0.004", "49800"), ("0.01", "49700")])
def test_a_suggested_stop_is_followed_where_it_is_tighter(suggested: str, stop: str) -> None:
    """A signal may risk less than the policy allows, never more."""
    signal = replace(a_signal(), stop_ratio=d(suggested))
    [send] = commands_of(_heard(a_ready_state(), signal), SubmitOrder)  # type: ignore[arg-type]
    assert send.approved.intent.stop_loss == d(stop)


def test_signal_and_order_are_recorded_before_the_send() -> None:
    """Written before sent."""
    commands = _heard(a_ready_state(), a_signal())
    kinds = [type(each.row) for each in commands[:2] if isinstance(each, Record)]
    assert kinds == [Signal, Order]
    assert isinstance(commands[2], SubmitOrder)


def test_the_same_signal_is_answered_with_its_order() -> None:
    """Nothing is sent again, and nothing is said before the order was answered."""
    state = a_ready_state()
    [send] = commands_of(_heard(state, a_signal()), SubmitOrder)  # type: ignore[arg-type]
    key = send.approved.intent.client_order_id
    assert _heard(state, a_signal()) == []
    steps(state, OrderAccepted(client_order_id=key, exchange_order_id="x", ts_init_us=NOW_US))
    [decided] = _heard(state, a_signal())
    assert isinstance(decided, SignalDecided)
    assert decided.result == state.orders[key]


def test_a_signal_that_was_denied_is_not_followed_later() -> None:
    """Its time is over; the same id again is a repetition."""
    state = EngineState(config=a_core_config())
    assert _denial(state).control == "exchange_ready"
    assert _denial(state).control == "duplicate_signal"


def test_an_instrument_that_is_not_traded_here_is_denied() -> None:
    """Nothing on it can be reviewed."""
    state = a_ready_state()
    other = Signal(
        signal_id="s",
        instrument_id=InstrumentId("bybit", "XRPUSDT"),
        direction=Direction.LONG,
        confidence_ratio=d("0.5"),
        horizon_s=1,
        source="test",
        ts_event_us=NOW_US,
    )
    [decided] = commands_of(_heard(state, other), SignalDecided)  # type: ignore[arg-type]
    assert decided.result.control == "instrument"


def test_without_a_price_there_is_no_order() -> None:
    """No plausible price is made up."""
    state = a_ready_state()
    state.quotes.clear()
    assert _denial(state).measured == "no price seen"


@pytest.mark.parametrize(
    ("age_ms", "is_denied"), [(14_999, False), (15_000, False), (15_001, True)]
)
def test_an_old_price_is_not_traded_on(age_ms: int, is_denied: bool) -> None:
    """By our own clock."""
    state = a_ready_state()
    state.now_us += age_ms * 1_000
    sends = commands_of(_heard(state, a_signal()), SubmitOrder)  # type: ignore[arg-type]
    assert (sends == []) is is_denied


def test_an_order_below_one_step_is_denied() -> None:
    """Rounded down it would be nothing."""
    state = a_ready_state(a_core_config(order_notional_usdt=d("49")))
    assert _denial(state).control == "order_quantity_min"


def test_a_stop_closer_than_one_tick_is_denied() -> None:
    """Protection that cannot rest is none."""
    state = a_ready_state()
    steps(state, a_snapshot(instruments=(an_instrument(tick_size=d(1_000)),)))
    assert _denial(state).control == "stop_distance"


def test_in_flight_orders_count_at_once() -> None:
    """Four entries of 1000 fit a leg of 4000 while none of them has filled."""
    state = a_ready_state()
    sends = [
        len(commands_of(_heard(state, a_signal(f"s-{n}")), SubmitOrder))  # type: ignore[arg-type]
        for n in range(6)
    ]
    assert sends == [1, 1, 1, 1, 0, 0]


def test_both_legs_live_at_once() -> None:
    """A short entry is no exit of the long leg."""
    state = a_ready_state()
    steps(state, a_fill_report())
    commands = _heard(state, a_signal("s-2", Direction.SHORT))
    [send] = commands_of(commands, SubmitOrder)  # type: ignore[arg-type]
    assert send.approved.intent.leg_id == SHORT
    assert not send.approved.intent.reduce_only


def test_a_further_entry_never_loosens_the_stop() -> None:
    """At a lower price the policy's stop would lie lower."""
    state = a_ready_state()
    [first] = commands_of(_heard(state, a_signal()), SubmitOrder)  # type: ignore[arg-type]
    key = first.approved.intent.client_order_id
    steps(state, a_fill_report(client_order_id=key, last_qty=d("0.020")))
    steps(state, QuoteSeen(quote=a_quote("49800")))
    [second] = commands_of(_heard(state, a_signal("s-2")), SubmitOrder)  # type: ignore[arg-type]
    assert second.approved.intent.stop_loss == d("49700")
    assert second.approved.intent.take_profit == d("50450")


def test_the_view_counts_open_legs_at_mark() -> None:
    """Gross: a long and a short leg both count."""
    state = a_ready_state()
    steps(state, a_fill_report())
    short = a_fill_report(
        trade_id="t-2",
        client_order_id="ent-2",
        exchange_order_id="x-2",
        position_idx=SHORT.position_idx,
        side=OrderSide.SELL,
    )
    steps(state, short)
    steps(state, QuoteSeen(quote=a_quote(mark=d("51000"))))
    view = risk_view(state, LONG, "new")
    assert (view.leg_notional, view.total_notional) == (510, 1_020)


def test_a_storm_of_denials_is_written_down_and_said_once_a_second() -> None:
    """Every denial has its row and its answer; the line names how many there were."""
    state = a_ready_state()
    state.is_store_up = False
    storm = [a_signal(f"s-{number}") for number in range(5)]
    commands = [command for signal in storm for command in _heard(state, signal)]
    assert len(commands_of(commands, SignalDecided)) == 5  # type: ignore[arg-type]
    assert len([each for each in commands if isinstance(each, Announce)]) == 1
    state.now_us += 1_000_000
    [said] = [each for each in _heard(state, a_signal("late")) if isinstance(each, Announce)]
    assert "store_up" in said.text
    assert said.text.endswith("(6 so far)")
