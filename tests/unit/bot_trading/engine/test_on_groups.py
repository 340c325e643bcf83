"""Arbitrage in the core: from two books to two orders, and from one filled leg to none."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.fill import Fill
from bot_trading.domain.group import GroupPhase, LegGroup
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import (
    Announce,
    HaltTrading,
    Record,
    RiskEvent,
    SignalReceived,
    StoreDown,
    StreamDown,
    SubmitOrder,
)
from bot_trading.domain.order import Order, OrderIntent
from tests.builders.core import a_fill_report, a_signal, d, risk_limits, rows_of
from tests.builders.paper_pair import BINANCE, BYBIT, PaperPair, a_pair_config, a_spec

LONG = LegId("bybit", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("binance", "BTCUSDT", PositionIdx.SHORT)
QTY = d("0.019")


def _hedged() -> PaperPair:
    paper = PaperPair.ready()
    for intent in paper.enter():
        paper.fill(intent.client_order_id)
        paper.end(intent.client_order_id)
    assert paper.group is not None
    assert paper.group.phase is GroupPhase.HEDGED
    return paper


def _phase(paper: PaperPair) -> GroupPhase:
    assert paper.group is not None
    return paper.group.phase


def _close_of(paper: PaperPair) -> OrderIntent:
    (close,) = paper.sent()
    assert close.reduce_only
    return close


def test_a_paying_difference_becomes_one_group_of_two_orders() -> None:
    """Both entries leave in one turn, protected, of one quantity, after the row of their group."""
    paper = PaperPair.ready()
    long, short = paper.enter()
    assert (long.leg_id, short.leg_id) == (LONG, SHORT)
    assert long.quantity == short.quantity == QTY
    assert long.stop_loss == d("49000.1") + d("0.1") * 0
    assert short.stop_loss is not None
    assert short.stop_loss > 50_250
    assert (long.take_profit, short.take_profit) == (None, None)
    kinds = [type(each.row) for each in paper.out if isinstance(each, Record)]
    assert kinds[:3] == [LegGroup, Order, Order]
    assert {each.group_id for each in rows_of(paper.out, Order)} == {paper.groups[0].group_id}
    sends = [at for at, each in enumerate(paper.out) if isinstance(each, SubmitOrder)]
    assert len(sends) == 2


def test_both_sides_are_reserved_until_their_fills_are_in_the_legs() -> None:
    """One approval holds what both may spend, and each part is released exactly once."""
    paper = PaperPair.ready()
    long, short = paper.enter()
    held = paper.state.reservations
    assert held.total == long.notional + short.notional
    paper.fill(long.client_order_id)
    assert held.total == short.notional
    paper.refuse(short.client_order_id)
    assert held.total == 0


def test_a_denied_side_denies_both() -> None:
    """When the second side passes a limit nothing is sent, reserved or remembered of the first."""
    limits = risk_limits(leverage_max=d("0.075"))
    paper = PaperPair.ready(a_pair_config(limits=limits))
    paper.quote(BINANCE, 50_250)
    assert paper.sent() == []
    assert paper.state.reservations.total == 0
    assert paper.group is None
    (event,) = rows_of(paper.out, RiskEvent)
    assert (event.action, event.measured != "") == ("DENIED", True)
    paper.quote(BINANCE, 50_251)
    assert rows_of(paper.out, RiskEvent) == []


def test_a_small_difference_opens_nothing() -> None:
    """What does not pay after every cost is counted by what refused it."""
    paper = PaperPair.ready()
    paper.quote(BINANCE, 50_100)
    assert paper.sent() == []
    assert paper.state.counters["no_entry:entry_net_min_bps"] > 0


@pytest.mark.parametrize(
    ("changed", "control"),
    [
        ({"bid_qty": d("0.01"), "ask_qty": d("0.01")}, "depth"),
        ({"bid_qty": None}, "book"),
        ({"bid": d(50_300)}, "book"),
        ({"funding_rate": None}, "funding"),
        ({"funding_rate": d("-0.01")}, "entry_net_min_bps"),
    ],
)
def test_a_book_that_is_not_whole_opens_nothing(changed: dict[str, Decimal], control: str) -> None:
    """A thin, missing or crossed book, unknown funding and funding that eats the gain refuse."""
    paper = PaperPair.ready()
    paper.quote(BINANCE, 50_250, **changed)
    assert paper.sent() == []
    assert paper.state.counters[f"no_entry:{control}"] > 0


def test_an_old_book_opens_nothing() -> None:
    """Both books have to be fresh, whichever moved last."""
    paper = PaperPair.ready()
    paper.now_us += 1_000_001
    paper.quote(BINANCE, 50_250)
    assert paper.sent() == []
    assert paper.state.counters["no_entry:book_age_max"] > 0


def test_an_exchange_that_is_not_ready_opens_nothing() -> None:
    """Down, stale or in the wrong mode: no entry on either side."""
    paper = PaperPair.ready()
    paper.tell(StreamDown(exchange="bybit", reason="silent", ts_init_us=paper.now_us))
    paper.quote(BINANCE, 50_250)
    assert paper.sent() == []
    assert paper.state.counters["no_entry:exchange_ready"] > 0


def test_a_refused_side_is_unwound_in_the_same_turn() -> None:
    """The answer that one side does not exist sends the close of the other."""
    paper = PaperPair.ready()
    long, short = paper.enter()
    paper.fill(long.client_order_id)
    paper.end(long.client_order_id)
    paper.now_us += 30_000
    paper.refuse(short.client_order_id)
    close = _close_of(paper)
    assert (close.leg_id, close.quantity) == (LONG, QTY)
    paper.now_us += 40_000
    paper.fill(close.client_order_id)
    paper.end(close.client_order_id)
    group = paper.group
    assert group is not None
    assert (group.phase, group.one_sided_longest_us) == (GroupPhase.OVER, 70_000)
    assert group.pnl == sum(paper.ledger.values())


def test_a_partial_side_is_filled_up_through_risk() -> None:
    """The rest is an entry of its own with its own stop and reservation, in the same group."""
    paper = PaperPair.ready()
    long, short = paper.enter()
    paper.fill(long.client_order_id)
    paper.fill(short.client_order_id, d("0.010"))
    paper.end(long.client_order_id)
    paper.end(short.client_order_id)
    (more,) = paper.sent()
    assert (more.leg_id, more.quantity, more.reduce_only) == (SHORT, d("0.009"), False)
    assert more.stop_loss is not None
    assert paper.state.reservations.total == more.notional
    paper.fill(more.client_order_id)
    paper.end(more.client_order_id)
    assert _phase(paper) is GroupPhase.HEDGED


def test_an_unknown_side_is_given_up_after_the_settling_time() -> None:
    """The held side goes by the clock; the unknown one is closed when it fills after all."""
    paper = PaperPair.ready()
    long, short = paper.enter()
    paper.lose(short.client_order_id)
    paper.fill(long.client_order_id)
    paper.tick(99_999)
    assert paper.sent() == []
    paper.tick(1)
    close = _close_of(paper)
    paper.fill(close.client_order_id)
    paper.end(close.client_order_id)
    assert _phase(paper) is GroupPhase.LEAVING
    paper.fill(short.client_order_id)
    assert _close_of(paper).leg_id == SHORT


def test_a_stop_that_fires_takes_the_other_side_along() -> None:
    """The exchange closed one leg by itself: the other follows, and its fill names the group."""
    paper = _hedged()
    paper.stop_out(SHORT)
    assert _close_of(paper).leg_id == LONG
    (fill,) = rows_of(paper.out, Fill)
    assert fill.group_id == paper.groups[0].group_id
    (order, *_) = rows_of(paper.out, Order)
    assert order.group_id == fill.group_id


def test_a_difference_that_is_gone_closes_both_sides_in_one_turn() -> None:
    """The way out is sent together like the way in, and what it earned is the sum of both."""
    paper = _hedged()
    paper.fund(LONG, d("-0.25"))
    paper.fund(SHORT, d("0.40"))
    paper.quote(BYBIT, 50_120)
    assert paper.sent() == []
    paper.quote(BINANCE, 50_121)
    closes = paper.sent()
    assert {each.leg_id for each in closes} == {LONG, SHORT}
    for close in closes:
        paper.fill(close.client_order_id)
        paper.end(close.client_order_id)
    group = paper.group
    assert group is not None
    assert group.phase is GroupPhase.OVER
    assert (group.long_pnl, group.short_pnl) == (paper.ledger[LONG], paper.ledger[SHORT])
    assert group.pnl > 0


def test_a_horizon_leaves_both_sides_together() -> None:
    """By the market's clock, and not one leg before the other."""
    paper = _hedged()
    paper.now_us += 3_600_000_000
    paper.quote(BYBIT, 50_000)
    assert {each.leg_id for each in paper.sent()} == {LONG, SHORT}


def test_a_halted_core_leaves_nothing_and_unwinds_everything() -> None:
    """HALTED decides nothing, but a group is not left hanging on one leg."""
    paper = _hedged()
    paper.tell(HaltTrading(who="a person", why="test", ts_init_us=paper.now_us))
    paper.now_us += 3_600_000_000
    paper.quote(BYBIT, 50_000)
    assert paper.sent() == []
    paper.stop_out(LONG)
    assert _close_of(paper).leg_id == SHORT


def test_a_group_is_not_left_while_an_exchange_is_down() -> None:
    """Leaving only the side that answers would make the group one-sided by its own doing."""
    paper = _hedged()
    paper.tell(StreamDown(exchange="bybit", reason="silent", ts_init_us=paper.now_us))
    paper.now_us += 3_600_000_000
    paper.quote(BINANCE, 50_000)
    assert paper.sent() == []


def test_nothing_is_entered_while_rows_cannot_be_written() -> None:
    """Without the database there is no new group."""
    paper = PaperPair.ready()
    paper.tell(StoreDown(reason="gone", ts_init_us=paper.now_us))
    paper.quote(BINANCE, 50_250)
    assert paper.sent() == []


def test_a_close_without_an_answer_is_sent_again() -> None:
    """Under another id, reduce-only, while the first one may still arrive."""
    paper = PaperPair.ready()
    long, short = paper.enter()
    paper.fill(long.client_order_id)
    paper.end(long.client_order_id)
    paper.refuse(short.client_order_id)
    first = _close_of(paper)
    paper.lose(first.client_order_id)
    paper.tick(59_999)
    assert paper.sent() == []
    paper.tick(1)
    again = _close_of(paper)
    assert (again.leg_id, again.quantity) == (LONG, QTY)
    assert again.client_order_id != first.client_order_id
    paper.fill(again.client_order_id)
    paper.end(again.client_order_id)
    assert paper.held[LONG] == 0


def test_a_bound_that_was_passed_stops_new_risk() -> None:
    """A person has to look: the breach is a risk event, said aloud, and only exits go on."""
    paper = PaperPair.ready()
    long, _ = paper.enter()
    paper.fill(long.client_order_id)
    paper.tick(500_000)
    paper.tick(1_000)
    assert paper.state.trading_state is TradingState.REDUCING
    (event,) = [each for each in rows_of(paper.out, RiskEvent) if each.action == "REDUCING"]
    assert (event.control, event.measured, event.limit) == ("one_sided_max_ms", "501", "500")
    paper.tick(1_000)
    assert [each for each in rows_of(paper.out, RiskEvent) if each.action == "REDUCING"] == []


def test_a_pair_that_is_none_is_said_once() -> None:
    """Instruments that differ in their quote coin are refused with the reason."""
    paper = PaperPair.ready(binance={"quote_coin": "USDC"})
    paper.quote(BINANCE, 50_250)
    assert paper.sent() == []
    refusals = [name for name in paper.state.risk.alarms if name.startswith("pair:")]
    assert len(refusals) == 1
    assert "USDC" in refusals[0]


def test_steps_that_differ_meet() -> None:
    """The quantity is one that both exchanges can hold."""
    paper = PaperPair.ready(binance={"qty_step": d("0.004"), "min_qty": d("0.004")})
    long, short = paper.enter()
    assert long.quantity == short.quantity == d("0.016")


def test_a_pair_rests_after_a_group() -> None:
    """The pause counts from the end of the group."""
    paper = PaperPair.ready()
    long, short = paper.enter()
    paper.refuse(long.client_order_id)
    paper.refuse(short.client_order_id)
    assert _phase(paper) is GroupPhase.OVER
    paper.now_us += 999_999
    paper.quote(BYBIT, 50_000)
    paper.quote(BINANCE, 50_250)
    assert paper.sent() == []
    paper.now_us += 1
    paper.quote(BINANCE, 50_250)
    assert len(paper.sent()) == 2


def test_legs_that_are_not_free_are_not_entered() -> None:
    """A leg that something else holds belongs to no group."""
    paper = PaperPair.ready()
    leg = replace(paper.state.leg(LONG), quantity=d("0.01"), entry_value=d(500))
    paper.state.put_leg(leg)
    paper.quote(BINANCE, 50_250)
    assert paper.sent() == []
    assert paper.state.counters["no_entry:legs_free"] > 0


def test_a_measured_round_trip_takes_the_place_of_the_assumed_one() -> None:
    """From five answers on the allowance for lateness is that of the orders themselves."""
    paper = PaperPair.ready()
    long, _ = paper.enter()
    paper.now_us += 7_000
    paper.accept(long.client_order_id)
    for _ in range(4):
        paper.state.round_trips["bybit"].add(7_000)
    assert paper.state.round_trips["bybit"].high_us() == 7_000


def test_the_end_tells_how_money_wandered() -> None:
    """After a group the balances of both exchanges are compared with the week's beginning."""
    spec = a_spec(drift_max_ratio=d("0.000001"))
    paper = PaperPair.ready(a_pair_config(arbitrage=spec))
    long, short = paper.enter()
    paper.refuse(long.client_order_id)
    paper.refuse(short.client_order_id)
    said = [each.text for each in paper.out if isinstance(each, Announce)]
    assert any(text.startswith("balances drifted +0.00 % towards bybit") for text in said)


def test_no_signal_is_followed_beside_pairs() -> None:
    """The legs of a pair belong to groups alone: an opinion from outside is denied."""
    paper = PaperPair.ready()
    paper.tell(SignalReceived(signal=a_signal(), ts_init_us=paper.now_us))
    assert paper.sent() == []
    (event,) = rows_of(paper.out, RiskEvent)
    assert (event.control, event.limit) == ("strategy", "pairs of exchanges alone")


def test_an_entry_that_fills_after_the_end_is_closed() -> None:
    """Evidence that was wrong opens the group again, for as long as it takes to be flat."""
    paper = PaperPair.ready()
    long, short = paper.enter()
    sent = dict(paper.under_way)
    paper.refuse(long.client_order_id)
    paper.refuse(short.client_order_id)
    assert _phase(paper) is GroupPhase.OVER
    paper.under_way |= sent
    paper.fill(long.client_order_id)
    assert _close_of(paper).leg_id == LONG
    assert _phase(paper) is GroupPhase.LEAVING


def test_what_a_person_opens_after_the_end_is_left_alone() -> None:
    """A leg that was not entered by the group is none of its business."""
    paper = PaperPair.ready()
    long, short = paper.enter()
    paper.refuse(long.client_order_id)
    paper.refuse(short.client_order_id)
    paper.tell(a_fill_report(client_order_id="by-hand", exchange_order_id="x-9"))
    assert paper.state.leg(LONG).quantity > 0
    assert paper.sent() == []
    assert _phase(paper) is GroupPhase.OVER
    (fill,) = rows_of(paper.out, Fill)
    assert fill.group_id is None
