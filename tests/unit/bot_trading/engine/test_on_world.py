"""What the core does when connections, the store, the clock or a person say something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.account import (
    Account,
    AccountBegan,
    Balance,
    ForeignPolicy,
    PositionMode,
)
from bot_trading.domain.messages import (
    Announce,
    QueryOrder,
    ReadFailed,
    RiskEvent,
    RowRefused,
    SetLegProtection,
    SignalDecided,
    SignalReceived,
    StoreDown,
    StoreUp,
    StreamDown,
    StreamUp,
    SubmitOrder,
    TakeSnapshot,
    TimePassed,
    UnsupportedSeen,
)
from bot_trading.domain.order import OrderSide
from bot_trading.domain.reports import BalanceReport
from bot_trading.engine.decide import daily_loss
from bot_trading.engine.state import EngineState
from tests.builders.core import (
    BTC,
    LONG,
    NOW_US,
    a_balance,
    a_core_config,
    a_fill_report,
    a_leg_report,
    a_ready_state,
    a_signal,
    a_snapshot,
    an_instrument,
    commands_of,
    d,
    rows_of,
    steps,
)

SECOND_US = 1_000_000
UP = StreamUp(exchange="bybit", ts_init_us=NOW_US)
DOWN = StreamDown(exchange="bybit", reason="gone", ts_init_us=NOW_US)


def _why(state: EngineState) -> str:
    return state.exchange_health("bybit").not_ready


def _tick(seconds: float) -> TimePassed:
    return TimePassed(ts_init_us=NOW_US + int(seconds * SECOND_US))


def _signalled(state: EngineState, name: str = "s-1") -> list[SubmitOrder]:
    event = SignalReceived(signal=a_signal(name), ts_init_us=state.now_us)
    return commands_of(steps(state, event), SubmitOrder)


def test_a_stream_that_comes_up_is_reconciled_before_it_trades() -> None:
    """Nothing that happened meanwhile was told."""
    state = EngineState(config=a_core_config())
    assert _why(state) == "not connected yet"
    assert len(commands_of(steps(state, UP), TakeSnapshot)) == 1
    assert _why(state) == "not reconciled yet"
    steps(state, a_snapshot())
    assert _why(state) == ""


def test_no_new_risk_on_what_cannot_be_seen() -> None:
    """And the snapshot of before does not make it ready again."""
    state = a_ready_state()
    steps(state, UP, DOWN, a_snapshot())
    assert _why(state) == "stream is down: gone"
    assert _signalled(state) == []


def test_a_snapshot_from_before_the_break_does_not_count() -> None:
    """Two were asked for; only the second has seen what was missed."""
    state = EngineState(config=a_core_config())
    steps(state, UP, DOWN, UP, a_snapshot())
    assert _why(state) == "not reconciled yet"
    steps(state, a_snapshot())
    assert _why(state) == ""


def test_a_lost_fill_is_read_although_later_ones_were_told() -> None:
    """Fills are read from before the legs last agreed: a stream may lose one and go on."""
    state = a_ready_state()
    steps(state, UP, a_snapshot())
    hours_later_us = NOW_US + 5 * 3_600 * SECOND_US
    steps(state, a_fill_report(trade_id="t-2", ts_event_us=hours_later_us))
    lost = a_fill_report(trade_id="t-1", ts_event_us=NOW_US + SECOND_US)
    legs = (a_leg_report(quantity=d("0.020")),)
    [ask] = commands_of(steps(state, UP), TakeSnapshot)
    assert ask.since_us <= lost.ts_event_us
    steps(state, a_snapshot(fills=(lost,), legs=legs))
    assert _why(state) == ""
    assert state.leg(LONG).quantity == d("0.020")
    [ask] = commands_of(steps(state, UP), TakeSnapshot)
    assert ask.since_us == hours_later_us - 3_600 * SECOND_US


ONE_WAY = Account(
    exchange="bybit", account_uid="1", position_mode=PositionMode.ONE_WAY, can_withdraw=None
)


def test_a_one_way_account_is_not_traded() -> None:
    """It says what to change."""
    state = EngineState(config=a_core_config())
    steps(state, UP, a_snapshot(account=ONE_WAY))
    assert "hedge mode" in _why(state)


def test_an_account_that_is_switched_behind_our_back_stops_entries_and_keeps_its_stops() -> None:
    """The operator is told once, it is looked at until it is switched back, and then it goes on."""
    state = a_ready_state()
    steps(state, a_fill_report(), a_leg_report())
    commands = steps(state, UP, a_snapshot(account=ONE_WAY))
    [row] = rows_of(commands, RiskEvent)
    assert (row.control, row.action) == ("position_mode", "ENTRIES_STOPPED")
    assert _signalled(state) == []
    bare = a_leg_report(stop_loss=None, ts_event_us=NOW_US + 1)
    again = steps(state, bare, _tick(2))
    assert commands_of(again, SetLegProtection)
    assert len(commands_of(again, TakeSnapshot)) == 1
    assert rows_of(steps(state, a_snapshot(account=ONE_WAY)), RiskEvent) == []
    assert commands_of(steps(state, _tick(40)), TakeSnapshot)
    steps(state, a_snapshot(legs=(a_leg_report(ts_event_us=NOW_US + 2),)))
    assert _why(state) == ""


def test_an_exchange_is_read_as_a_whole_again_every_quarter_of_an_hour() -> None:
    """Its streams may have lost a message and gone on, and rules may have changed untold."""
    state = a_ready_state()
    assert commands_of(steps(state, _tick(899)), TakeSnapshot) == []
    assert len(commands_of(steps(state, _tick(900)), TakeSnapshot)) == 1
    assert commands_of(steps(state, _tick(960)), TakeSnapshot) == []
    steps(state, a_snapshot(instruments=(an_instrument(tick_size=d("0.5")),)))
    assert state.instruments[BTC].tick_size == d("0.5")
    assert commands_of(steps(state, _tick(1_020)), TakeSnapshot) == []


def test_legs_that_differ_stop_trading_and_are_read_again_less_and_less() -> None:
    """Until both sides agree; at most half a minute apart, and soon again once they did."""
    state = a_ready_state()
    steps(state, UP, a_snapshot(legs=(a_leg_report(),)))
    assert "we hold 0, the exchange says 0.010" in _why(state)
    asked = []
    for n in range(1, 481):
        for _ in commands_of(steps(state, _tick(n / 4)), TakeSnapshot):
            asked.append(n / 4)
            steps(state, a_snapshot(legs=(a_leg_report(),)))
    assert asked == [1, 3, 7, 15, 31, 61, 91]
    steps(state, UP, a_snapshot())
    assert _why(state) == ""


def test_a_first_start_does_not_book_what_others_traded_before() -> None:
    """Fills of the past are not ours, and since when they are is written down; later ones are."""
    state = EngineState(config=a_core_config())
    commands = steps(state, UP, a_fill_report(), a_snapshot(fills=(a_fill_report(),)))
    steps(state, a_fill_report())
    assert state.legs == {}
    began = AccountBegan(exchange="bybit", ours_from_us=NOW_US + 1)
    assert rows_of(commands, AccountBegan) == [began]
    steps(state, a_fill_report(trade_id="t-2", ts_event_us=NOW_US + 1))
    assert state.leg(LONG).quantity == d("0.010")


def test_an_account_begins_only_where_legs_agree() -> None:
    """What a person still holds there is neither ours nor in our way for ever."""
    state = EngineState(config=a_core_config(foreign=ForeignPolicy.HALT))
    commands = steps(state, UP, a_snapshot(legs=(a_leg_report(),)))
    assert rows_of(commands, AccountBegan) == []
    [ask] = commands_of(steps(state, _tick(1)), TakeSnapshot)
    assert ask.since_us == 0
    assert len(rows_of(steps(state, a_snapshot()), AccountBegan)) == 1
    assert rows_of(steps(state, UP, a_snapshot()), AccountBegan) == []


def test_a_snapshot_books_what_was_missed_in_the_order_of_time() -> None:
    """An open before its close, whatever order they come in."""
    state = a_ready_state()
    opened = a_fill_report()
    closed = a_fill_report(
        trade_id="t-2",
        client_order_id="ex",
        exchange_order_id="x-2",
        side=OrderSide.SELL,
        ts_event_us=NOW_US + 1,
    )
    steps(state, UP, a_snapshot(fills=(closed, opened)))
    assert state.leg(LONG).is_flat
    assert state.leg(LONG).episode == 1
    assert _why(state) == ""


def test_a_wallet_that_was_read_while_money_moved_is_read_again() -> None:
    """A fill between the wallet and the legs of one reading is no loss that nobody can explain."""
    state = a_ready_state()
    state.exchange_health("bybit").is_origin_doubtful = True  # As after a start.
    steps(state, UP)
    opened = a_snapshot(
        fills=(a_fill_report(),), legs=(a_leg_report(),), ts_init_us=NOW_US + SECOND_US
    )
    steps(state, opened)
    assert _why(state) == ""
    assert len(commands_of(steps(state, _tick(2)), TakeSnapshot)) == 1
    steps(state, replace(opened, balance=a_balance("9999.725"), ts_init_us=NOW_US + 3 * SECOND_US))
    assert state.wallet_origin["bybit"] == (d("9999.725"), d("-0.275"))
    assert commands_of(steps(state, _tick(4)), TakeSnapshot) == []


def test_live_orders_that_the_exchange_does_not_list_are_asked_for() -> None:
    """Their fate is evidence, not a guess."""
    state = a_ready_state()
    [send] = _signalled(state)
    commands = steps(state, UP, a_snapshot())
    [query] = commands_of(commands, QueryOrder)
    assert query.client_order_id == send.approved.intent.client_order_id


def test_a_failed_read_is_asked_again() -> None:
    """And trading waits for it."""
    state = EngineState(config=a_core_config())
    [ask] = commands_of(steps(state, UP), TakeSnapshot)
    steps(state, ReadFailed(question=ask, reason="timeout", ts_init_us=NOW_US))
    assert commands_of(steps(state, _tick(0.5)), TakeSnapshot) == []
    assert len(commands_of(steps(state, _tick(1)), TakeSnapshot)) == 1


def test_a_leg_that_drifts_is_reconciled() -> None:
    """The exchange says something else for longer than messages take."""
    state = a_ready_state()
    steps(state, a_leg_report(), _tick(2.9))
    assert _why(state) == ""
    assert len(commands_of(steps(state, _tick(3)), TakeSnapshot)) == 1
    assert "we hold 0" in _why(state)


def test_a_message_that_is_not_understood_is_counted_and_read_again() -> None:
    """It may have hidden a fill."""
    state = a_ready_state()
    steps(state, UnsupportedSeen(exchange="bybit", what="execType=9", ts_init_us=NOW_US))
    assert state.counters["unsupported:bybit"] == 1
    assert len(commands_of(steps(state, _tick(2)), TakeSnapshot)) == 1


def test_a_row_that_is_not_kept_is_counted_and_said() -> None:
    """As an error, with what the database said."""
    state = a_ready_state()
    refused = RowRefused(what="Fill", why="too fine", ts_init_us=NOW_US)
    [said] = steps(state, refused)
    assert state.counters["rows_refused"] == 1
    assert said == Announce(
        level="ERROR",
        text="the database refused a row for good, Fill is not kept: too fine",
    )


def test_while_the_store_is_down_entries_are_denied() -> None:
    """And allowed again once all is written."""
    state = a_ready_state()
    steps(state, StoreDown(reason="x", ts_init_us=NOW_US))
    assert _signalled(state) == []
    steps(state, StoreUp(ts_init_us=NOW_US))
    assert len(_signalled(state, "s-2")) == 1


def _balance(equity: str, seconds: int) -> BalanceReport:
    balance = a_balance(equity, ts_event_us=NOW_US + seconds * SECOND_US)
    return BalanceReport(balance=balance, ts_init_us=NOW_US)


@pytest.mark.parametrize(
    ("equity", "is_denied"), [("9500.01", False), ("9500", True), ("9499.99", True)]
)
def test_a_day_that_lost_its_limit_takes_no_new_risk(equity: str, is_denied: bool) -> None:
    """500 of 10000: at the limit is already lost."""
    state = a_ready_state()
    steps(state, _balance(equity, 1))
    assert daily_loss(state) == 10_000 - d(equity)
    assert (_signalled(state) == []) is is_denied


def test_a_gain_is_no_loss() -> None:
    """Zero, never below."""
    state = a_ready_state()
    steps(state, _balance("10001", 1))
    assert daily_loss(state) == 0


def test_a_new_day_begins_a_new_account_of_losses() -> None:
    """By the exchange's time, at midnight UTC."""
    state = a_ready_state()
    steps(state, _balance("9000", 1))
    assert daily_loss(state) == 1_000
    steps(state, _balance("9000", 86_400))
    assert daily_loss(state) == 0


def test_an_older_balance_is_dropped_and_an_equal_one_is_not_recorded() -> None:
    """Rows are kept when the wallet moved."""
    state = a_ready_state()
    assert len(rows_of(steps(state, _balance("9999", 2)), Balance)) == 1
    assert rows_of(steps(state, _balance("9999", 3)), Balance) == []
    steps(state, _balance("10005", 1))
    assert state.balances["bybit"].equity == 9_999


def test_the_first_balance_of_a_day_is_recorded() -> None:
    """Though the wallet did not move: the day's losses are counted from it after a restart."""
    state = a_ready_state()
    rows = rows_of(steps(state, _balance("10000", 86_400)), Balance)
    assert [row.equity for row in rows] == [10_000]


def test_open_losses_count_before_the_wallet_moves() -> None:
    """The worse of confirmed equity and valued legs."""
    state = a_ready_state()
    steps(state, a_fill_report(last_px=d("60000"), last_qty=d("0.010")))
    assert daily_loss(state) == 100


def test_a_denied_signal_is_answered_with_what_was_measured() -> None:
    """Control, value and limit, recorded as a risk event."""
    state = a_ready_state()
    steps(state, DOWN)
    commands = steps(state, SignalReceived(signal=a_signal(), ts_init_us=NOW_US))
    [decided] = commands_of(commands, SignalDecided)
    [row] = rows_of(commands, RiskEvent)
    assert decided.result.control == row.control == "exchange_ready"
    assert row.measured == "stream is down: gone"


def test_time_never_runs_backwards() -> None:
    """A late message does not make the core younger."""
    state = a_ready_state()
    steps(state, _tick(10), replace(DOWN, ts_init_us=NOW_US))
    assert state.now_us == NOW_US + 10 * SECOND_US


def test_after_an_outage_of_the_store_every_exchange_is_read_again() -> None:
    """Another core may have traded the account while it held the lock."""
    state = a_ready_state()
    steps(state, StoreDown(reason="another core", ts_init_us=NOW_US))
    later_us = NOW_US + 60_000_000
    asked = steps(state, StoreUp(ts_init_us=later_us), TimePassed(ts_init_us=later_us))
    assert [each.exchange for each in commands_of(asked, TakeSnapshot)] == ["bybit"]
    steps(state, a_snapshot(ts_init_us=later_us))
    later_us += 60_000_000
    again = steps(state, StoreUp(ts_init_us=later_us), TimePassed(ts_init_us=later_us))
    assert commands_of(again, TakeSnapshot) == []
