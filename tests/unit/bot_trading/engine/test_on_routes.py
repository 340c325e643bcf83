"""New legs go to the exchange that is ready, open ones stay, and no signal is followed twice."""

from __future__ import annotations

from dataclasses import replace

from bot_trading.domain.account import ForeignPolicy
from bot_trading.domain.instrument import InstrumentId, LegId
from bot_trading.domain.messages import (
    Announce,
    CloseLeg,
    Command,
    RiskEvent,
    SetLegProtection,
    SignalDecided,
    SignalReceived,
    StreamDown,
    StreamUp,
    SubmitOrder,
)
from bot_trading.domain.reports import CandleClosed, OrderAccepted, QuoteSeen
from bot_trading.engine.on_routes import foreign_quantity
from bot_trading.engine.state import EngineState
from bot_trading.strategy.momentum import MomentumWindow
from tests.builders.core import (
    BTC,
    LONG,
    NOW_US,
    a_candle,
    a_fill_report,
    a_leg_report,
    a_momentum_spec,
    a_quote,
    a_ready_state,
    a_signal,
    commands_of,
    d,
    rows_of,
    steps,
)
from tests.builders.two_exchanges import (
    BTC_THERE,
    LONG_THERE,
    SECOND_US,
    a_tick,
    snapshot_of,
    two_ready,
)

DOWN = StreamDown(exchange="bybit", reason="gone", ts_init_us=NOW_US)
UP = StreamUp(exchange="bybit", ts_init_us=NOW_US)


def _signalled(state: EngineState, name: str = "s-1") -> list[Command]:
    for exchange in ("bybit", "binance"):
        quote = a_quote(
            instrument_id=InstrumentId(exchange, BTC.symbol),
            ts_event_us=state.now_us,
            ts_init_us=state.now_us,
        )
        steps(state, QuoteSeen(quote=quote))
    return steps(state, SignalReceived(signal=a_signal(name), ts_init_us=state.now_us))


def _entered(commands: list[Command]) -> LegId:
    [send] = commands_of(commands, SubmitOrder)
    leg_id: LegId = send.approved.intent.leg_id
    return leg_id


def test_while_the_preferred_exchange_is_ready_it_takes_the_entries() -> None:
    """The other one stands by."""
    assert _entered(_signalled(two_ready())) == LONG


def test_when_it_is_lost_entries_go_to_the_next_and_the_change_is_a_risk_event() -> None:
    """After the time that a reconnect takes, with the reason."""
    state = two_ready()
    steps(state, DOWN, a_tick(4.9))
    assert commands_of(_signalled(state, "early"), SubmitOrder) == []
    commands = steps(state, a_tick(5))
    [row] = rows_of(commands, RiskEvent)
    assert (row.control, row.action) == ("entry_exchange", "FAILED_OVER")
    assert row.measured == "bybit has not been ready for 5.0 s: stream is down: gone"
    assert row.limit == "entries leave bybit for binance"
    assert any("new legs go to binance" in each.text for each in commands_of(commands, Announce))
    assert _entered(_signalled(state)) == LONG_THERE


def test_it_takes_them_back_once_it_was_ready_for_a_minute() -> None:
    """Recorded as well."""
    state = two_ready()
    steps(state, DOWN, a_tick(5), UP, snapshot_of("bybit"), a_tick(64))
    assert state.route.active == "binance"
    [row] = rows_of(steps(state, a_tick(65)), RiskEvent)
    assert row.action == "RETURNED"
    assert state.route.active == "bybit"
    assert _entered(_signalled(state)) == LONG


def test_the_same_signal_never_opens_legs_on_two_exchanges() -> None:
    """Repeated after a change of exchange it is answered with the order that it has."""
    state = two_ready()
    [send] = commands_of(_signalled(state), SubmitOrder)
    order_id = send.approved.intent.client_order_id
    steps(
        state,
        OrderAccepted(client_order_id=order_id, exchange_order_id="x-1", ts_init_us=NOW_US),
        DOWN,
        a_tick(5),
    )
    assert state.route.active == "binance"
    commands = _signalled(state)
    assert commands_of(commands, SubmitOrder) == []
    [decided] = commands_of(commands, SignalDecided)
    assert decided.result.client_order_id == order_id


def test_a_signal_whose_order_is_forgotten_is_still_not_followed_twice() -> None:
    """Its id is known, which is enough on every exchange."""
    state = two_ready()
    steps(state, DOWN)
    _signalled(state)
    steps(state, a_tick(5))
    commands = _signalled(state)
    assert commands_of(commands, SubmitOrder) == []
    [decided] = commands_of(commands, SignalDecided)
    assert decided.result.control == "duplicate_signal"


def test_open_legs_are_closed_and_protected_where_they_are() -> None:
    """Also while their exchange takes no entries."""
    state = two_ready()
    steps(state, a_fill_report(), DOWN, a_tick(5))
    assert state.route.active == "binance"
    bare = a_leg_report(stop_loss=None, take_profit=None, ts_event_us=NOW_US + 9 * SECOND_US)
    commands = steps(state, bare, a_tick(10))
    protections = commands_of(commands, SetLegProtection)
    assert {each.protection.leg_id for each in protections} == {LONG}
    close = CloseLeg(leg_id=LONG, close_ratio=d(1), request_id="r", ts_init_us=state.now_us)
    assert _entered(steps(state, close)) == LONG


def test_a_signal_on_an_exchange_that_is_not_traded_is_denied_there() -> None:
    """An opinion on a stranger's market is none on ours."""
    state = two_ready()
    signal = replace(a_signal(), instrument_id=InstrumentId("kraken", "BTCUSDT"))
    commands = steps(state, SignalReceived(signal=signal, ts_init_us=NOW_US))
    assert commands_of(commands, SubmitOrder) == []


def test_only_the_candles_of_the_exchange_that_takes_entries_lead_to_some() -> None:
    """Both exchanges tell of one market; its move is one opinion, not two."""
    spec = a_momentum_spec(lookback=1, cool_down=0)
    state = two_ready(momentum=spec)
    minute_us = 60 * SECOND_US
    for instrument_id in (BTC, BTC_THERE):
        state.windows[instrument_id] = MomentumWindow.empty(spec)
        state.last_open_us[instrument_id] = NOW_US - minute_us
    sent = []
    for instrument_id in (BTC_THERE, BTC):
        for n, close in enumerate(("50000", "50100")):
            candle = a_candle(NOW_US + n * minute_us, close, instrument_id=instrument_id)
            commands = steps(state, CandleClosed(candle=candle, ts_init_us=NOW_US))
            sent += [each.approved.intent.leg_id for each in commands_of(commands, SubmitOrder)]
    assert sent == [LONG]


def test_a_leg_is_a_persons_only_where_the_policy_leaves_it_to_them() -> None:
    """And only while no order of ours could be what is reported."""
    adopting = a_ready_state()
    steps(adopting, a_leg_report())
    assert foreign_quantity(adopting, LONG) == 0
    state = two_ready(foreign=ForeignPolicy.IGNORE)
    assert foreign_quantity(state, LONG) == 0
    _signalled(state)
    steps(state, a_leg_report())
    assert foreign_quantity(state, LONG) == 0
    assert foreign_quantity(state, LONG_THERE) == 0
    steps(state, a_leg_report(leg_id=LONG_THERE))
    assert foreign_quantity(state, LONG_THERE) == d("0.010")
