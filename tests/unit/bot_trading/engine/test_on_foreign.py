"""A person trades by hand: adopted, ignored or a reason to halt, as the policy says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.account import AccountBegan, ForeignPolicy, TradingState
from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import (
    Announce,
    Record,
    RiskEvent,
    SetLegProtection,
    SignalReceived,
    StreamUp,
    SubmitOrder,
    TakeSnapshot,
    TradingStateChanged,
)
from bot_trading.domain.order import OrderPurpose, OrderSide
from bot_trading.domain.reports import FundingReport, StopKind
from bot_trading.domain.risk import RiskFigure
from bot_trading.engine.state import EngineState
from bot_trading.execution.ids import derive_client_order_id
from tests.builders.core import (
    LONG,
    NOW_US,
    SHORT,
    a_core_config,
    a_fill_report,
    a_leg_report,
    a_ready_state,
    a_signal,
    a_snapshot,
    an_order_report,
    commands_of,
    d,
    rows_of,
    steps,
)
from tests.builders.two_exchanges import a_tick

UP = StreamUp(exchange="bybit", ts_init_us=NOW_US)
BY_HAND = an_order_report(client_order_id="", exchange_order_id="hand-1")
HAND_FILL = a_fill_report(client_order_id="", exchange_order_id="hand-1")
OURS = derive_client_order_id("test", OrderPurpose.ENTRY, "s-0")


def _under(policy: ForeignPolicy) -> EngineState:
    return a_ready_state(a_core_config(foreign=policy))


def _why(state: EngineState) -> str:
    return state.exchange_health("bybit").not_ready


@pytest.mark.parametrize(
    ("policy", "action", "state_after"),
    [
        (ForeignPolicy.ADOPT, "ADOPTED", TradingState.ACTIVE),
        (ForeignPolicy.IGNORE, "IGNORED", TradingState.ACTIVE),
        (ForeignPolicy.HALT, "HALTED", TradingState.HALTED),
    ],
)
def test_an_order_of_a_person_is_written_down_and_may_halt(
    policy: ForeignPolicy, action: str, state_after: TradingState
) -> None:
    """Once, with what it is."""
    state = _under(policy)
    [row] = rows_of(steps(state, BY_HAND), RiskEvent)
    assert (row.control, row.action, row.leg_id) == ("foreign_orders", action, LONG)
    assert row.measured == "BUY 0.010 on BTCUSDT.bybit-LONG"
    assert state.trading_state is state_after
    assert rows_of(steps(state, BY_HAND), RiskEvent) == []


@pytest.mark.parametrize("policy", [ForeignPolicy.ADOPT, ForeignPolicy.HALT])
def test_what_a_person_opened_is_booked_and_gets_a_stop(policy: ForeignPolicy) -> None:
    """The fill may come before its order; a stop of the policy is asked for."""
    state = _under(policy)
    commands = steps(state, HAND_FILL, a_leg_report(stop_loss=None, take_profit=None), a_tick(2))
    assert state.leg(LONG).quantity == d("0.010")
    assert commands_of(commands, SetLegProtection)
    assert (state.trading_state is TradingState.HALTED) is (policy is ForeignPolicy.HALT)


def test_a_stop_of_the_exchange_is_no_persons_order() -> None:
    """Though its fill may come before its order: one that closes tells nothing of its maker."""
    state = _under(ForeignPolicy.HALT)
    steps(state, a_fill_report(client_order_id=OURS))
    stop = a_fill_report(
        trade_id="t-2", client_order_id="", exchange_order_id="stop-1", side=OrderSide.SELL
    )
    commands = steps(
        state,
        stop,
        an_order_report(
            client_order_id="",
            exchange_order_id="stop-1",
            side=OrderSide.SELL,
            stop_kind=StopKind.STOP_LOSS,
        ),
    )
    assert rows_of(commands, RiskEvent) == []
    assert state.trading_state is TradingState.ACTIVE


def test_a_close_by_hand_is_known_once_its_order_is_told() -> None:
    """The leg is booked flat at once, and the halt follows with the proof."""
    state = _under(ForeignPolicy.HALT)
    steps(state, a_fill_report(client_order_id=OURS))
    by_hand = {"client_order_id": "", "exchange_order_id": "hand-2", "side": OrderSide.SELL}
    assert rows_of(steps(state, a_fill_report(trade_id="t-2", **by_hand)), RiskEvent) == []
    assert state.leg(LONG).is_flat
    assert len(rows_of(steps(state, an_order_report(**by_hand)), RiskEvent)) == 1
    assert state.trading_state is TradingState.HALTED


def test_a_leg_left_to_a_person_is_neither_booked_nor_protected_nor_traded() -> None:
    """The other leg of the symbol goes on, and the leg is ours again once it is flat."""
    state = _under(ForeignPolicy.IGNORE)
    theirs = a_leg_report(stop_loss=None, take_profit=None)
    commands = steps(state, HAND_FILL, BY_HAND, theirs, a_tick(10))
    assert state.leg(LONG).is_flat
    assert commands_of(commands, SetLegProtection) == []
    assert commands_of(commands, TakeSnapshot) == []
    assert _why(state) == ""
    signal = SignalReceived(signal=a_signal(), ts_init_us=state.now_us)
    denial = rows_of(steps(state, signal), RiskEvent)[0]
    assert (denial.control, denial.measured) == ("foreign_orders", "0.010")
    steps(state, UP, a_snapshot(legs=(theirs,)))
    assert _why(state) == ""
    steps(state, a_leg_report(quantity=d(0), ts_event_us=NOW_US + 1))
    again = SignalReceived(signal=a_signal("s-2"), ts_init_us=state.now_us)
    assert commands_of(steps(state, again), SubmitOrder)


def test_a_persons_fill_that_is_read_again_is_never_booked_on_a_later_leg_of_ours() -> None:
    """The bot held nothing when it happened, which stays true."""
    state = _under(ForeignPolicy.IGNORE)
    steps(
        state,
        HAND_FILL,
        a_fill_report(trade_id="t-2", client_order_id=OURS, ts_event_us=NOW_US + 9),
    )
    steps(state, UP, a_snapshot(fills=(HAND_FILL,), legs=(a_leg_report(),)))
    assert state.leg(LONG).quantity == d("0.010")
    assert state.counters["fills_left_to_a_person"] == 2


def test_what_a_person_does_on_a_leg_of_ours_is_booked_under_every_policy() -> None:
    """The exchange keeps one quantity and one stop for both."""
    state = _under(ForeignPolicy.IGNORE)
    steps(state, a_fill_report(client_order_id=OURS))
    steps(
        state,
        a_fill_report(
            trade_id="t-2", client_order_id="", last_qty=d("0.004"), ts_event_us=NOW_US + 1
        ),
    )
    assert state.leg(LONG).quantity == d("0.014")


def _began(policy: ForeignPolicy, *legs: object) -> tuple[EngineState, list[object]]:
    state = EngineState(config=a_core_config(foreign=policy))
    return state, [*steps(state, UP, a_snapshot(legs=legs))]


def test_adopting_takes_over_the_legs_that_an_account_begins_with() -> None:
    """As one fill at their average price, without a fee; both legs of the symbol."""
    short = a_leg_report(leg_id=SHORT, stop_loss=d("50300"), take_profit=None)
    state, commands = _began(ForeignPolicy.ADOPT, a_leg_report(), short)
    fills = rows_of(commands, Fill)  # type: ignore[arg-type]
    assert [(fill.leg_id, fill.side, fill.last_px, fill.commission) for fill in fills] == [
        (LONG, OrderSide.BUY, d("50000"), d(0)),
        (SHORT, OrderSide.SELL, d("50000"), d(0)),
    ]
    assert [leg.leg_id for leg in state.open_legs()] == [LONG, SHORT]
    assert _why(state) == ""
    assert len(rows_of(commands, AccountBegan)) == 1  # type: ignore[arg-type]
    assert rows_of(steps(state, UP, a_snapshot(legs=(a_leg_report(), short))), Fill) == []


def test_halting_waits_for_the_person_who_holds_the_leg() -> None:
    """Nothing is booked of what was there before, and nothing opened."""
    state, commands = _began(ForeignPolicy.HALT, a_leg_report())
    assert rows_of(commands, Fill) == []  # type: ignore[arg-type]
    assert "we hold 0, the exchange says 0.010" in _why(state)


def test_ignoring_begins_beside_it() -> None:
    """The account begins, and the leg stays the person's."""
    state, commands = _began(ForeignPolicy.IGNORE, a_leg_report())
    assert rows_of(commands, Fill) == []  # type: ignore[arg-type]
    assert len(rows_of(commands, AccountBegan)) == 1  # type: ignore[arg-type]
    assert _why(state) == ""


def test_equal_and_opposite_legs_are_not_flat() -> None:
    """A long and a short of one size are two legs that both need their stops."""
    state = _under(ForeignPolicy.HALT)
    steps(state, a_fill_report(client_order_id=OURS))
    short = a_leg_report(leg_id=SHORT)
    commands = steps(state, UP, a_snapshot(legs=(a_leg_report(), short)))
    assert "BTCUSDT.bybit-SHORT: we hold 0, the exchange says 0.010" in _why(state)
    assert commands_of(commands, SubmitOrder) == []
    opened = a_fill_report(
        trade_id="t-3", client_order_id="", side=OrderSide.SELL, position_idx=PositionIdx.SHORT
    )
    bare = a_leg_report(stop_loss=None, take_profit=None, ts_event_us=NOW_US + 1)
    bare_short = a_leg_report(
        leg_id=SHORT, stop_loss=None, take_profit=None, ts_event_us=NOW_US + 1
    )
    asked = commands_of(
        steps(state, opened, bare, bare_short, a_tick(2), a_tick(3)), SetLegProtection
    )
    assert {each.protection.leg_id for each in asked} == {LONG, SHORT}


def test_an_order_outside_hedge_mode_is_looked_into() -> None:
    """It is no order of a leg; the account may have been switched."""
    state = _under(ForeignPolicy.ADOPT)
    one_way = an_order_report(client_order_id="", position_idx=PositionIdx.ONE_WAY)
    assert rows_of(steps(state, one_way), TradingStateChanged) == []
    assert _why(state) == "an order outside hedge mode was reported"
    assert commands_of(steps(state, a_tick(2)), TakeSnapshot)


LONG_NAME = LegId("bybit", "BTC-26JUN26-100000-C-USDT", PositionIdx.LONG)


@pytest.mark.parametrize("policy", list(ForeignPolicy))
def test_what_no_row_can_keep_is_left_to_the_person(policy: ForeignPolicy) -> None:
    """Neither its orders nor its fills, funding or leg are written down, under every policy; it is
    said once, and new risk is taken as before."""
    state = _under(policy)
    symbol = LONG_NAME.symbol
    theirs = a_leg_report(leg_id=LONG_NAME)
    order = replace(BY_HAND, symbol=symbol)
    paid = FundingReport(
        exchange="bybit",
        symbol=symbol,
        trade_id="f-1",
        side=OrderSide.BUY,
        position_idx=PositionIdx.LONG,
        amount=d("0.1"),
        rate=d("0.0001"),
        ts_event_us=NOW_US,
        ts_init_us=NOW_US,
    )
    read = a_snapshot(
        legs=(theirs,),
        open_orders=(order,),
        fills=(replace(HAND_FILL, symbol=symbol),),
        funding=(paid,),
    )
    commands = steps(state, read, order, a_tick(2))
    assert not [each for each in commands if isinstance(each, Record) and not _is_figure(each)]
    said = "orders on BTC-26JUN26-100000-C-USDT.bybit are left to a person: no row holds their"
    texts = [each.text for each in commands_of(commands, Announce)]
    assert [text.startswith(said) for text in texts].count(True) == 1
    signal = SignalReceived(signal=a_signal(), ts_init_us=state.now_us)
    assert (_why(state), state.trading_state) == ("", TradingState.ACTIVE)
    assert len(commands_of(steps(state, signal), SubmitOrder)) == 1


def _is_figure(record: Record) -> bool:
    return isinstance(record.row, RiskFigure)


def test_both_sides_of_one_trade_are_booked() -> None:
    """Where our two legs trade with each other, both fills have the number of the one trade."""
    state = a_ready_state()
    bought = a_fill_report(client_order_id="", exchange_order_id="x-1")
    sold = a_fill_report(
        client_order_id="",
        exchange_order_id="x-2",
        side=OrderSide.SELL,
        position_idx=PositionIdx.SHORT,
    )
    for told in (bought, sold, bought, sold):
        steps(state, told)
    assert state.leg(LONG).quantity == d("0.010")
    assert state.leg(SHORT).quantity == d("0.010")
