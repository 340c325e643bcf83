"""What the core does with answers, order reports, fills and funding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.fill import CoinAmount, Fill, FundingPayment
from bot_trading.domain.instrument import PositionIdx
from bot_trading.domain.messages import (
    CloseLeg,
    QueryOrder,
    RiskEvent,
    SignalDecided,
    SignalReceived,
    StreamUp,
    SubmitOrder,
    TakeSnapshot,
    TimePassed,
)
from bot_trading.domain.order import Order, OrderOrigin, OrderPurpose, OrderSide, OrderStatus
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.reports import (
    FundingReport,
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    StopKind,
)
from bot_trading.engine.state import EngineState
from tests.builders.core import (
    LONG,
    NOW_US,
    a_core_config,
    a_fill_report,
    a_ready_state,
    a_signal,
    a_snapshot,
    an_order_report,
    commands_of,
    d,
    rows_of,
    steps,
)

SECOND_US = 1_000_000


def _sent() -> tuple[EngineState, str]:
    """A ready core with one entry of 0.020 BTC on its way, and that order's id."""
    state = a_ready_state()
    commands = steps(state, SignalReceived(signal=a_signal(), ts_init_us=NOW_US))
    [send] = commands_of(commands, SubmitOrder)
    return state, send.approved.intent.client_order_id


def _filled() -> tuple[EngineState, str]:
    """The same after its only fill."""
    state, key = _sent()
    steps(state, a_fill_report(client_order_id=key, last_qty=d("0.020")))
    return state, key


def _close(request_id: str = "r") -> CloseLeg:
    return CloseLeg(leg_id=LONG, close_ratio=d(1), request_id=request_id, ts_init_us=NOW_US)


def _tick(seconds: int) -> TimePassed:
    return TimePassed(ts_init_us=NOW_US + seconds * SECOND_US)


def test_an_acceptance_answers_the_signal() -> None:
    """And is recorded."""
    state, key = _sent()
    event = OrderAccepted(client_order_id=key, exchange_order_id="x-1", ts_init_us=NOW_US)
    commands = steps(state, event)
    [decided] = commands_of(commands, SignalDecided)
    assert decided.result.status is OrderStatus.ACCEPTED
    assert rows_of(commands, Order) == [decided.result]


def test_a_refusal_gives_the_headroom_back() -> None:
    """Nothing of the order exists, so nothing is reserved."""
    state, key = _sent()
    assert state.reservations.total == 1_000
    steps(state, OrderRejected(client_order_id=key, code="1", reason="no", ts_init_us=NOW_US))
    assert state.reservations.total == 0
    assert not state.orders


def test_an_unknown_outcome_keeps_its_headroom_and_is_asked_about() -> None:
    """Until evidence settles it the order may fill."""
    state, key = _sent()
    lost = OrderOutcomeUnknown(client_order_id=key, reason="timeout", ts_init_us=NOW_US)
    commands = steps(state, lost)
    assert commands_of(commands, QueryOrder) == [QueryOrder(leg_id=LONG, client_order_id=key)]
    [decided] = commands_of(commands, SignalDecided)
    assert decided.result.status is OrderStatus.UNKNOWN
    assert state.reservations.total == 1_000
    assert steps(state, lost) == []


def test_an_unknown_order_is_asked_about_less_and_less() -> None:
    """After one second, two, four and eight, not with every tick, and as soon as it can arrive no
    more."""
    state, key = _sent()
    steps(state, OrderOutcomeUnknown(client_order_id=key, reason="x", ts_init_us=NOW_US))
    ticks = [TimePassed(ts_init_us=NOW_US + n * SECOND_US // 4) for n in range(1, 41)]
    asked = [tick for tick in ticks if commands_of(steps(state, tick), QueryOrder)]
    assert [(tick.ts_init_us - NOW_US) / SECOND_US for tick in asked] == [1, 2, 4, 8, 9]


def test_a_signal_is_decided_once() -> None:
    """Unknown is its answer; what the order turns out to be later is no second one."""
    state, key = _sent()
    steps(state, OrderOutcomeUnknown(client_order_id=key, reason="x", ts_init_us=NOW_US))
    report = an_order_report(client_order_id=key)
    fill = a_fill_report(client_order_id=key, last_qty=d("0.020"))
    assert commands_of(steps(state, report, fill), SignalDecided) == []


@pytest.mark.parametrize(("symbol", "is_funding"), [("ETHUSDT", False), ("BTCUSDT", True)])
def test_a_trade_id_counts_within_its_symbol_and_kind(symbol: str, is_funding: bool) -> None:
    """Binance numbers trades per symbol, and funding apart from trades."""
    state, _ = _filled()
    if is_funding:
        steps(state, _funding(trade_id="t-1", position_idx=PositionIdx.LONG))
        assert state.leg(LONG).funding != 0
    else:
        steps(state, a_fill_report(symbol=symbol))
        assert state.leg(LONG._replace(symbol=symbol)).quantity == d("0.010")


def test_what_a_strangers_order_filled_before_we_began_is_not_asked_for() -> None:
    """It was never ours to see; what it fills from now on is."""
    state = EngineState(config=a_core_config())
    up = StreamUp(exchange="bybit", ts_init_us=NOW_US)
    resting = an_order_report(client_order_id="", filled_qty=d("0.004"))
    steps(state, up, a_snapshot(open_orders=(resting,), fills=(a_fill_report(),)))
    assert state.exchange_health("bybit").not_ready == ""
    assert commands_of(steps(state, _tick(5), _tick(10)), TakeSnapshot) == []
    later = a_fill_report(client_order_id="", trade_id="t-2", ts_event_us=NOW_US + 1)
    steps(state, later)
    assert state.leg(LONG).quantity == d("0.010")


def test_an_order_that_cannot_rest_is_asked_about_until_it_ended() -> None:
    """Its last report may be lost: accepted is not an end for a market order."""
    state, key = _sent()
    steps(state, OrderAccepted(client_order_id=key, exchange_order_id="x-1", ts_init_us=NOW_US))
    assert len(commands_of(steps(state, _tick(4)), QueryOrder)) == 1
    steps(state, an_order_report(client_order_id=key, status=OrderStatus.CANCELED))
    assert commands_of(steps(state, _tick(8), _tick(12)), QueryOrder) == []


@pytest.mark.parametrize(
    ("answers", "waited_s", "is_settled"), [(2, 9, False), (3, 8, False), (3, 9, True)]
)
def test_not_found_settles_only_after_several_answers(
    answers: int, waited_s: int, is_settled: bool
) -> None:
    """Reads lag behind, so one empty answer is no proof."""
    state, key = _sent()
    steps(state, OrderOutcomeUnknown(client_order_id=key, reason="x", ts_init_us=NOW_US))
    for n in range(answers):
        steps(
            state,
            OrderNotFound(
                client_order_id=key, ts_init_us=NOW_US + (waited_s - answers + n + 1) * SECOND_US
            ),
        )
    assert (key not in state.orders) is is_settled


def test_not_found_settles_nothing_before_the_settling_time() -> None:
    """However often it is answered."""
    state, key = _sent()
    steps(state, OrderOutcomeUnknown(client_order_id=key, reason="x", ts_init_us=NOW_US))
    for n in range(20):
        steps(state, OrderNotFound(client_order_id=key, ts_init_us=NOW_US + n))
    assert state.orders[key].status is OrderStatus.UNKNOWN


def test_a_fill_is_booked_once() -> None:
    """Order, fill and leg are recorded together; a repetition changes nothing."""
    state, key = _sent()
    report = a_fill_report(client_order_id=key, last_qty=d("0.020"))
    commands = steps(state, report)
    assert [len(rows_of(commands, kind)) for kind in (Order, Fill, PositionLeg)] == [1, 1, 1]
    assert state.leg(LONG).quantity == d("0.020")
    assert state.reservations.total == 0
    assert steps(state, report) == []


def test_what_was_reported_and_not_booked_stays_reserved() -> None:
    """Between the report and its fills the exposure is nowhere else."""
    state, key = _sent()
    report = an_order_report(
        client_order_id=key, status=OrderStatus.FILLED, filled_qty=d("0.020"), quantity=d("0.020")
    )
    steps(state, report)
    assert state.reservations.total == 1_000
    steps(state, a_fill_report(client_order_id=key, last_qty=d("0.005")))
    assert state.reservations.total == 750
    assert len(commands_of(steps(state, _tick(4)), QueryOrder)) == 1


def test_a_partly_filled_ioc_gives_the_rest_back() -> None:
    """0.005 of 0.020 are held by the leg, the rest by nobody."""
    state, key = _sent()
    steps(
        state,
        a_fill_report(client_order_id=key, last_qty=d("0.005")),
        an_order_report(
            client_order_id=key,
            status=OrderStatus.CANCELED,
            quantity=d("0.020"),
            filled_qty=d("0.005"),
        ),
    )
    assert state.reservations.total == 0
    assert state.leg(LONG).quantity == d("0.005")
    assert not state.orders


def test_an_exit_that_filled_and_is_not_booked_is_not_sent_again() -> None:
    """The report came first: until its fills are booked the leg only looks open."""
    state, _ = _filled()
    [send] = commands_of(steps(state, _close()), SubmitOrder)
    told = an_order_report(
        client_order_id=send.approved.intent.client_order_id,
        exchange_order_id="x-2",
        side=OrderSide.SELL,
        reduce_only=True,
        status=OrderStatus.FILLED,
        quantity=d("0.020"),
        filled_qty=d("0.020"),
    )
    assert commands_of(steps(state, told, _close("again")), SubmitOrder) == []


def test_a_strangers_resting_order_does_not_keep_us_from_closing() -> None:
    """It may never fill; ours has to."""
    state, _ = _filled()
    theirs = an_order_report(
        client_order_id="theirs",
        exchange_order_id="x-9",
        side=OrderSide.SELL,
        reduce_only=True,
        quantity=d("0.020"),
        price=d("90000"),
    )
    assert len(commands_of(steps(state, theirs, _close()), SubmitOrder)) == 1


def test_a_close_that_overtook_its_open_waits_for_it() -> None:
    """It is parked, trading stops, and it is booked once more is held."""
    state, key = _sent()
    early = a_fill_report(
        trade_id="t-2", client_order_id="", exchange_order_id="x-2", side=OrderSide.SELL,
        last_qty=d("0.020"),
    )  # fmt: skip
    steps(state, early)
    assert "closes more" in state.exchange_health("bybit").not_ready
    steps(state, a_fill_report(client_order_id=key, last_qty=d("0.020")))
    assert state.leg(LONG).is_flat
    assert state.leg(LONG).episode == 1
    assert state.parked_fills == []


def test_a_fill_that_names_no_leg_is_not_booked() -> None:
    """It stops trading and asks for a snapshot."""
    state = a_ready_state()
    steps(state, a_fill_report(client_order_id="", position_idx=PositionIdx.ONE_WAY))
    assert state.legs == {}
    assert state.counters["unattributed_fills"] == 1
    assert state.exchange_health("bybit").not_ready
    assert len(commands_of(steps(state, _tick(2)), TakeSnapshot)) == 1


def test_the_exchanges_own_stop_is_known_for_what_it_is() -> None:
    """In pieces, fills first and its report last: one order, purpose STOP, completely filled."""
    state, _ = _filled()
    piece = a_fill_report(
        trade_id="t-2",
        client_order_id="",
        exchange_order_id="x-2",
        side=OrderSide.SELL,
        position_idx=None,
        closed_qty=d("0.010"),
    )
    steps(state, piece, replace(piece, trade_id="t-3"))
    report = an_order_report(
        client_order_id="",
        exchange_order_id="x-2",
        side=OrderSide.SELL,
        reduce_only=True,
        quantity=d("0.020"),
        filled_qty=d("0.020"),
        status=OrderStatus.FILLED,
        stop_kind=StopKind.STOP_LOSS,
    )
    [order] = rows_of(steps(state, report), Order)
    assert (order.purpose, order.origin) == (OrderPurpose.STOP, OrderOrigin.EXCHANGE)
    assert order.filled_qty == order.quantity == d("0.020")
    assert state.leg(LONG).is_flat


def test_a_stop_that_fired_while_nobody_listened_is_the_exchanges() -> None:
    """Its fill alone tells whose protection it was, before the fill that it closes too."""
    state = a_ready_state()
    fired = a_fill_report(
        trade_id="t-2",
        client_order_id="",
        exchange_order_id="x-2",
        side=OrderSide.SELL,
        stop_kind=StopKind.STOP_LOSS,
    )
    assert rows_of(steps(state, fired), Order) == []  # Parked: nothing is held yet.
    entered = a_fill_report(trade_id="t-1", client_order_id="", exchange_order_id="x-1")
    orders_kept = rows_of(steps(state, entered), Order)
    [order] = [each for each in orders_kept if each.reduce_only]
    assert (order.purpose, order.origin) == (OrderPurpose.STOP, OrderOrigin.EXCHANGE)
    assert state.leg(LONG).is_flat


def test_a_stop_that_rests_is_not_an_order_yet() -> None:
    """The leg's own report tells what rests."""
    state, _ = _filled()
    resting = an_order_report(
        client_order_id="", status=OrderStatus.UNTRIGGERED, stop_kind=StopKind.STOP_LOSS
    )
    assert steps(state, resting) == []


def test_a_one_way_order_of_a_stranger_is_counted() -> None:
    """It names no leg that we could file it under."""
    state = a_ready_state()
    theirs = an_order_report(client_order_id="theirs", position_idx=PositionIdx.ONE_WAY)
    assert rows_of(steps(state, theirs), Order) == []
    assert state.counters["foreign_one_way_orders"] == 1


def test_an_unknown_word_of_the_exchange_is_counted() -> None:
    """And the order stays as it was."""
    state, key = _sent()
    steps(state, an_order_report(client_order_id=key, status=None))
    assert state.counters["unsupported:order_status"] == 1
    assert state.orders[key].status is OrderStatus.SUBMITTED


def _funding(**changes: object) -> FundingReport:
    report = FundingReport(
        exchange="bybit",
        symbol="BTCUSDT",
        trade_id="f-1",
        side=OrderSide.BUY,
        position_idx=None,
        amount=d("-0.1"),
        rate=d("0.0001"),
        ts_event_us=NOW_US,
        ts_init_us=NOW_US,
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def test_funding_is_booked_once_on_the_leg_that_paid() -> None:
    """A payment of nothing is none."""
    state, _ = _filled()
    commands = steps(state, _funding(), _funding(), _funding(trade_id="f-2", amount=d(0)))
    assert len(rows_of(commands, FundingPayment)) == 1
    assert state.leg(LONG).funding == d("-0.1")


def test_funding_that_names_no_leg_is_counted_and_not_booked() -> None:
    """Unknown stays unknown."""
    state, _ = _filled()
    steps(state, _funding(rate=None))
    assert state.leg(LONG).funding == 0
    assert state.counters["unattributed_funding"] == 1


def test_a_fee_in_another_coin_enters_no_sum() -> None:
    """It stays with its fill, is counted each time, and is said once for each coin."""
    state, key = _sent()
    paid = CoinAmount(amount=d("0.00021"), coin="BNB")
    parts = {"client_order_id": key, "commission": d("0"), "other_commission": paid}
    first = steps(state, a_fill_report(**parts))
    again = steps(state, a_fill_report(trade_id="t-2", **parts))
    [fill] = rows_of(first, Fill)
    assert fill.other_commission == paid
    assert [row.commission for row in rows_of(again, Order)] == [0]
    assert state.leg(LONG).commission == 0
    [told] = [row for row in rows_of(first, RiskEvent) if row.control == "commission_coin"]
    assert (told.measured, told.action) == ("0.00021 BNB", "KEPT_APART")
    assert not rows_of(again, RiskEvent)
    assert state.counters["commission_in:bybit:BNB"] == 2
