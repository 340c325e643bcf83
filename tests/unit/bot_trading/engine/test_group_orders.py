"""The orders of a group: how they are made, reviewed and closed."""

from __future__ import annotations

from dataclasses import replace

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import Announce, Command, RiskEvent, SubmitOrder
from bot_trading.domain.order import OrderIntent
from bot_trading.engine.group_orders import close_part, entry_intent, review_entries
from bot_trading.risk.view import Denial
from tests.builders.core import commands_of, d, rows_of
from tests.builders.paper_pair import BYBIT, PaperPair

LONG = LegId("bybit", "BTCUSDT", PositionIdx.LONG)


def _held() -> PaperPair:
    paper = PaperPair.ready()
    long, _ = paper.enter()
    paper.fill(long.client_order_id)
    paper.end(long.client_order_id)
    return paper


def test_an_entry_has_the_same_id_for_the_same_try() -> None:
    """The id follows from group, leg and the number of the try, so deciding twice sends once."""
    paper = _held()
    group = paper.group
    assert group is not None
    first = entry_intent(paper.state, group, LONG, d("0.010"))
    again = entry_intent(paper.state, group, LONG, d("0.010"))
    later = entry_intent(paper.state, replace(group, fill_ups=1), LONG, d("0.010"))
    assert isinstance(first, OrderIntent)
    assert isinstance(later, OrderIntent)
    assert first == again
    assert later.client_order_id != first.client_order_id
    verdict = review_entries(paper.state, (first,))
    assert isinstance(verdict, Denial)
    assert verdict.control == "duplicate_order"


def test_an_entry_without_a_price_is_denied() -> None:
    """Nothing is sized or protected by a price that nobody told."""
    paper = _held()
    group = paper.group
    assert group is not None
    del paper.state.quotes[BYBIT]
    denial = entry_intent(paper.state, group, LONG, d("0.010"))
    assert isinstance(denial, Denial)
    assert denial.control == "price_age_max_ms"


def test_a_close_takes_no_more_than_is_held() -> None:
    """Risk refuses what exceeds the leg less the closes under way, and that is written down."""
    paper = _held()
    group = paper.group
    assert group is not None
    out: list[Command] = []
    close_part(paper.state, group.group_id, LONG, d("0.019"), d(0), "test", out)
    close_part(paper.state, group.group_id, LONG, d("0.019"), d(0), "test", out)
    assert len(commands_of(out, SubmitOrder)) == 1
    (event,) = rows_of(out, RiskEvent)
    assert event.control == "exit_quantity"
    close_part(paper.state, group.group_id, LONG, d("0.019"), d("0.019"), "test", out)
    assert len(commands_of(out, SubmitOrder)) == 2


def test_a_close_beyond_one_order_goes_in_parts() -> None:
    """The exchange's largest market order bounds a close; the rest follows."""
    paper = _held()
    group = paper.group
    assert group is not None
    rules = paper.state.instruments[BYBIT]
    paper.state.instruments[BYBIT] = replace(rules, max_market_qty=d("0.010"))
    out: list[Command] = []
    close_part(paper.state, group.group_id, LONG, d("0.019"), d(0), "test", out)
    (sent,) = commands_of(out, SubmitOrder)
    assert sent.approved.intent.quantity == d("0.010")


def test_a_leg_that_may_not_be_closed_is_said_once() -> None:
    """An instrument that does not trade takes no close: the leg hangs, and a person has to look."""
    paper = _held()
    group = paper.group
    assert group is not None
    paper.connect(BYBIT, is_trading=False)
    out: list[Command] = []
    for _ in range(2):
        close_part(paper.state, group.group_id, LONG, d("0.019"), d(0), "test", out)
    assert commands_of(out, SubmitOrder) == []
    (told,) = commands_of(out, Announce)
    assert told.level == "ERROR"
    assert "cannot be closed: instrument_trading is not trading" in told.text


def test_a_part_below_the_step_is_left_and_said_once() -> None:
    """A close that lies off the step would be refused as a whole, so that it is cut to the step."""
    paper = _held()
    group = paper.group
    assert group is not None
    out: list[Command] = []
    close_part(paper.state, group.group_id, LONG, d("0.0105"), d(0), "test", out)
    (sent,) = commands_of(out, SubmitOrder)
    assert sent.approved.intent.quantity == d("0.010")
    out.clear()
    for _ in range(2):
        close_part(paper.state, group.group_id, LONG, d("0.0005"), d(0), "test", out)
    (told,) = commands_of(out, Announce)
    assert told.level == "ERROR"
    assert "dust is 0.0005, expected a step of 0.001" in told.text
