"""What risk learns from turns, what it writes down, and how it tightens the trading state."""

from __future__ import annotations

from typing import Any

import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import (
    HaltTrading,
    OrderDenied,
    ResumeTrading,
    RiskEvent,
    SignalDecided,
    SignalReceived,
    SubmitOrder,
    TimePassed,
    TradingStateChanged,
)
from bot_trading.domain.order import OrderSide
from bot_trading.domain.reports import BalanceReport, FundingReport, QuoteSeen
from bot_trading.domain.risk import FigureName, RiskFigure
from bot_trading.engine.recovery import restore
from bot_trading.engine.risk_view import daily_loss, risk_view, weekly_loss
from bot_trading.engine.state import EngineState
from bot_trading.ports import StoredState
from bot_trading.risk.plan import RiskPlan
from tests.builders.core import (
    LONG,
    NOW_US,
    a_balance,
    a_core_config,
    a_fill_report,
    a_quote,
    a_ready_state,
    a_signal,
    a_snapshot,
    commands_of,
    d,
    risk_limits,
    rows_of,
    steps,
)

SECOND = 1_000_000
DAY = 86_400 * SECOND


def _state(**limits: Any) -> EngineState:
    return a_ready_state(a_core_config(limits=risk_limits(**limits)))


def _balance(equity: str, after_us: int) -> BalanceReport:
    balance = a_balance(equity, ts_event_us=NOW_US + after_us)
    return BalanceReport(balance=balance, ts_init_us=NOW_US + 1)


def _signalled(name: str) -> SignalReceived:
    return SignalReceived(signal=a_signal(name), ts_init_us=NOW_US)


def _life(state: EngineState, number: int, exit_px: str, fee: str = "0") -> list[Any]:
    """Enter by a signal, fill, and close at a price; everything that followed."""
    [send] = commands_of(steps(state, _signalled(f"s-{number}")), SubmitOrder)
    intent = send.approved.intent
    entry = a_fill_report(
        trade_id=f"in-{number}",
        client_order_id=intent.client_order_id,
        last_qty=intent.quantity,
        commission=d(fee),
        ts_event_us=NOW_US + number,
    )
    out = entry.__class__(
        **{
            **{name: getattr(entry, name) for name in entry.__slots__},
            "trade_id": f"out-{number}",
            "client_order_id": "",
            "exchange_order_id": f"x-out-{number}",
            "side": OrderSide.SELL,
            "last_px": d(exit_px),
        }
    )
    return steps(state, entry, out)


def test_losses_in_a_row_stop_new_risk_until_a_person_resumes() -> None:
    """The limit's own life trips it, a winning one begins the count anew."""
    state = _state(consecutive_losses_max=2)
    _life(state, 1, "49990")
    assert state.risk.value(FigureName.CONSECUTIVE_LOSSES) == 1
    _life(state, 2, "50010")
    assert state.risk.value(FigureName.CONSECUTIVE_LOSSES) == 0
    _life(state, 3, "49990")
    told = _life(state, 4, "49990")
    assert state.trading_state is TradingState.REDUCING
    [row] = rows_of(told, TradingStateChanged)
    assert (row.who, "consecutive_losses_max: 2" in row.why) == ("risk", True)
    [event] = [each for each in rows_of(told, RiskEvent)]
    assert (event.control, event.measured, event.limit) == ("consecutive_losses_max", "2", "2")
    assert commands_of(steps(state, _signalled("s-9")), SubmitOrder) == []
    steps(state, ResumeTrading(who="ann", why="looked", ts_init_us=NOW_US))
    assert state.risk.value(FigureName.CONSECUTIVE_LOSSES) == 0
    assert commands_of(steps(state, _signalled("s-10")), SubmitOrder)


def test_fees_make_a_loss_of_a_life_that_gained() -> None:
    """What counts is what is left after fees and funding."""
    state = _state()
    _life(state, 1, "50010", fee="5")
    assert state.risk.value(FigureName.CONSECUTIVE_LOSSES) == 1


@pytest.mark.parametrize(("limit", "expected"), [(3, TradingState.ACTIVE), (2, "REDUCING")])
def test_so_many_executions_switch_entries_off(limit: int, expected: str) -> None:
    """RTS 6 Art. 15(3): after the last one allowed, a person is needed."""
    state = _state(executions_max=limit)
    for number in (1, 2):
        _life(state, number, "50010")
    assert state.trading_state == expected


def test_an_execution_counts_once_however_many_fills_it_takes() -> None:
    """Three parts of one entry are one execution."""
    state = _state()
    [send] = commands_of(steps(state, _signalled("s-1")), SubmitOrder)
    named = send.approved.intent.client_order_id
    for number in range(3):
        part = a_fill_report(
            trade_id=f"t-{number}", client_order_id=named, last_qty=d("0.001"), last_px=d(50000)
        )
        steps(state, part)
    assert state.risk.value(FigureName.EXECUTIONS) == 1


def test_entries_in_flight_count_as_executions() -> None:
    """RTS 6 Art. 15(2): every order that is sent counts at once."""
    state = _state(executions_max=1)
    assert commands_of(steps(state, _signalled("s-1")), SubmitOrder)
    [decided] = commands_of(steps(state, _signalled("s-2")), SignalDecided)
    assert isinstance(decided.result, OrderDenied)
    assert decided.result.control == "executions_max"


def test_executions_without_a_parent_halt() -> None:
    """Knight Capital, 1 August 2012: children kept executing though no order asked for them."""
    state = _state(orphan_fills_max=2)
    told = [
        steps(state, a_fill_report(trade_id=f"t-{n}", client_order_id="", last_qty=d("0.001")))
        for n in range(3)
    ]
    assert [bool(rows_of(each, TradingStateChanged)) for each in told] == [False, False, True]
    assert state.trading_state is TradingState.HALTED
    assert "orphan_fills_max" in state.trading_state_why


def test_a_drawdown_halts_and_a_resume_begins_at_the_present_equity() -> None:
    """Measured from the peak of what the exchange confirmed."""
    state = _state(drawdown_max_ratio=d("0.1"), daily_loss_max_usdt=d(99_000))
    steps(state, _balance("12000", 1), _balance("10800.01", 2))
    assert state.trading_state is TradingState.ACTIVE
    steps(state, _balance("10800", 3))
    assert state.trading_state is TradingState.HALTED
    steps(state, ResumeTrading(who="ann", why="accepted", ts_init_us=NOW_US))
    assert (state.trading_state, state.risk.drawdown_ratio()) == (TradingState.ACTIVE, 0)
    steps(state, _balance("9720", 4))
    assert state.trading_state == TradingState.HALTED


def test_a_rule_never_loosens_what_a_person_tightened() -> None:
    """A rule that asks for less is not even heard."""
    state = _state(consecutive_losses_max=1)
    steps(state, HaltTrading(who="ann", why="lunch", ts_init_us=NOW_US))
    steps(state, a_fill_report(client_order_id=""))
    steps(state, a_fill_report(trade_id="t-2", side=OrderSide.SELL, last_px=d(1)))
    assert state.trading_state_why == "ann: lunch"


def test_a_second_exchange_is_no_gain_and_its_silence_no_drawdown() -> None:
    """The peak grows by what a new exchange brings; one that does not answer keeps its figure."""
    state = _state()
    other = a_balance("5000", exchange="okx", ts_event_us=NOW_US)
    steps(state, BalanceReport(balance=other, ts_init_us=NOW_US))
    assert state.risk.value(FigureName.EQUITY_PEAK) == 15_000
    assert (state.risk.drawdown_ratio(), daily_loss(state)) == (0, 0)


def test_a_breach_of_the_day_is_told_once_and_ends_with_it() -> None:
    """New risk is denied by itself until the next day begins, by the market's clock."""
    state = _state(daily_loss_max_usdt=d(500))
    told = steps(state, _balance("9500", 1), *[TimePassed(ts_init_us=NOW_US + 2)] * 3)
    [event] = rows_of(told, RiskEvent)
    assert (event.control, event.action, event.measured) == (
        "daily_loss_max_usdt",
        "BREACHED",
        "500",
    )
    steps(state, _balance("9500", DAY))
    assert (daily_loss(state), weekly_loss(state)) == (0, 500)


@pytest.mark.parametrize(("hours", "is_new"), [(0, False), (14, True)])
def test_the_day_begins_in_the_stated_zone(hours: int, is_new: bool) -> None:
    """NOW is 09 October 2025, 08:53 UTC: in Tokyo midnight comes at 15:00 UTC."""
    from zoneinfo import ZoneInfo

    config = a_core_config(plan=RiskPlan(day_zone=ZoneInfo("Asia/Tokyo")))
    state = a_ready_state(config)
    steps(state, _balance("9900", 1), _balance("9900", hours * 3_600 * SECOND + 2))
    assert (daily_loss(state) == 0) is is_new


@pytest.mark.parametrize(
    ("equity", "later", "lost"),
    [("9400", "9400", 600), ("10500", "9900", 600), ("9400", "9900", 100)],
)
def test_a_loss_between_two_days_counts_in_the_new_one(equity: str, later: str, lost: int) -> None:
    """No balance tells when it came; a gain of these hours makes no room for losses."""
    state = _state()
    steps(state, _balance("10000", 1), _balance(equity, DAY), _balance(later, DAY + 1))
    assert daily_loss(state) == lost


def test_what_was_lost_while_the_bot_was_away_is_no_loss_of_today() -> None:
    """After more than a day without a balance the new day begins with its own first one."""
    state = _state()
    steps(state, _balance("10000", 1), _balance("9000", 3 * DAY))
    assert daily_loss(state) == 0


def test_a_gain_of_an_earlier_day_hides_no_loss_of_today() -> None:
    """An exchange that fell silent days ago at a profit says nothing about today."""
    state = _state()
    for equity, days in (("5000", -3), ("5600", -3)):
        other = a_balance(equity, exchange="okx", ts_event_us=NOW_US + days * DAY)
        steps(state, BalanceReport(balance=other, ts_init_us=NOW_US))
    steps(state, _balance("9400", 1))
    assert daily_loss(state) == 600


def test_every_execution_is_written_down_with_its_instant() -> None:
    """A count that stays the same in a steady flow would be forgotten at a restart."""
    state = _state(executions_window_s=1)
    written = []
    for number in (1, 10 * SECOND, 20 * SECOND):
        steps(state, QuoteSeen(quote=a_quote(ts_event_us=NOW_US + number)))
        told = rows_of(_life(state, number, "50010"), RiskFigure)
        written += [each for each in told if each.name is FigureName.EXECUTIONS]
    assert [each.value for each in written] == [1, 1, 1]
    assert [each.ts_event_us - NOW_US for each in written] == [1, 10 * SECOND, 20 * SECOND]


def test_fills_that_are_caught_up_in_one_turn_are_one_execution() -> None:
    """After a reconnect several fills of an entry are booked at once."""
    state = _state()
    [send] = commands_of(steps(state, _signalled("s-1")), SubmitOrder)
    named = send.approved.intent.client_order_id
    parts = tuple(
        a_fill_report(trade_id=f"t-{number}", client_order_id=named, last_qty=d("0.001"))
        for number in range(2)
    )
    steps(state, a_snapshot(fills=parts))
    assert state.risk.value(FigureName.EXECUTIONS) == 1


def test_late_funding_is_no_life_of_its_own() -> None:
    """Money that comes after a leg is flat neither ends nor begins a series of losses."""
    state = _state()
    _life(state, 1, "49990")
    for amount in ("1", "-1"):
        funding = FundingReport(
            exchange="bybit",
            symbol="BTCUSDT",
            trade_id=f"f{amount}",
            side=OrderSide.BUY,
            position_idx=LONG.position_idx,
            amount=d(amount),
            rate=d("0.0001"),
            ts_event_us=NOW_US + 9,
            ts_init_us=NOW_US + 9,
        )
        steps(state, funding)
        assert state.risk.value(FigureName.CONSECUTIVE_LOSSES) == 1


def _stored(figures: tuple[RiskFigure, ...], **changes: Any) -> StoredState:
    parts: dict[str, Any] = {
        "orders": (),
        "ended": (),
        "entries": (),
        "booked_qty": {},
        "legs": (),
        "signal_ids": (),
        "trade_keys": frozenset(),
        "since_us": 0,
        "ours_from_us": {"bybit": 0},
        "day_starts": {},
        "trading_state": TradingState.ACTIVE,
        "trading_state_why": "",
        "figures": figures,
    }
    return StoredState(**(parts | changes))


def _figures(state: EngineState) -> list[RiskFigure]:
    """All that risk remembers, by name and scope."""
    found = [each for name in FigureName for each in state.risk.named(name)]
    return sorted(found, key=lambda each: (each.name, each.scope))


def test_figures_come_back_at_a_restart() -> None:
    """Loss of the day and week, peak, losses in a row and executions go on where they were."""
    state = _state()
    rows: dict[object, RiskFigure] = {}
    everything = [
        *steps(state, _balance("10000", 1)),
        *_life(state, 1, "49990"),
        *steps(state, _balance("9700", 2)),
    ]
    # The first snapshot was taken while the state was made ready.
    rows.update({figure.key: figure for figure in _figures(state)})
    for figure in rows_of(everything, RiskFigure):
        rows[figure.key] = figure
    again = restore(state.config, _stored(tuple(rows.values())), NOW_US)
    assert _figures(again) == _figures(state)
    assert daily_loss(again) == daily_loss(state) == 300
    assert len(again.risk.executions) == 1
    steps(again, *_first_contact("9600"))
    assert (daily_loss(again), weekly_loss(again)) == (400, 400)
    assert again.risk.value(FigureName.CONSECUTIVE_LOSSES) == 1


def _first_contact(equity: str) -> list[Any]:
    balance = a_balance(equity, ts_event_us=NOW_US + 5)
    return [a_snapshot(balance=balance), QuoteSeen(quote=a_quote())]


def test_what_the_controls_see_counts_the_last_second_of_messages() -> None:
    """Entries, cancels and stops alike."""
    state = _state()
    steps(state, _signalled("s-1"))
    view = risk_view(state, LONG, "new", quantity=d("0.02"))
    assert (view.messages_last_second, view.identical_orders) == (1, 1)
    assert risk_view(state, LONG, "new", quantity=d("0.03")).identical_orders == 0
