"""What no group answers for any more, or not yet, is closed; a person's part is left alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.group import GroupPhase, LegGroup
from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.messages import Command
from bot_trading.domain.order import OrderIntent
from bot_trading.engine.group_strays import close_strays, close_surplus
from tests.builders.core import LONG, a_fill_report
from tests.builders.paper_pair import BINANCE, BYBIT, PaperPair, a_spec

SPEC = a_spec()
SHORT = LegId("binance", "BTCUSDT", PositionIdx.SHORT)
_SETTLED_US = SPEC.bounds.settle_us + 1


def _refused_then_turned() -> tuple[PaperPair, OrderIntent, OrderIntent]:
    """A group whose entries seem refused, and after it one in the other direction that is held;
    the entries of the first one, which may still fill."""
    paper = PaperPair.ready()
    first = paper.enter()
    sent = dict(paper.under_way)
    for intent in first:
        paper.refuse(intent.client_order_id)
    paper.now_us += 60_000_000
    paper.quote(BINANCE, 50_000)
    paper.quote(BYBIT, 50_250)
    second = paper.sent()
    assert {each.leg_id.exchange for each in second if each.leg_id.is_long} == {"binance"}
    for intent in second:
        paper.fill(intent.client_order_id)
        paper.end(intent.client_order_id)
    paper.under_way |= sent
    return paper, first[0], first[1]


def _one_sent(paper: PaperPair) -> OrderIntent:
    (intent,) = paper.sent()
    assert intent.reduce_only
    return intent


def test_a_late_entry_of_an_older_group_goes_at_once() -> None:
    """The newest group holds the other direction and stays as it is."""
    paper, long, _ = _refused_then_turned()
    newest = paper.group
    assert newest is not None
    assert newest.phase is GroupPhase.HEDGED
    paper.fill(long.client_order_id)
    close = _one_sent(paper)
    assert (close.leg_id, close.quantity) == (LONG, long.quantity)
    order = paper.state.order(close.client_order_id)
    entry = paper.state.order(long.client_order_id)
    assert order is not None
    assert entry is not None
    assert order.group_id == entry.group_id != newest.group_id
    paper.fill(close.client_order_id)
    paper.end(close.client_order_id)
    paper.tick(10_000_000)
    assert paper.sent() == []
    assert paper.state.leg(LONG).is_flat
    after = paper.group
    assert after is not None
    assert (after.group_id, after.phase) == (newest.group_id, GroupPhase.HEDGED)


def test_both_late_entries_of_an_older_group_go() -> None:
    """Each leg for itself: what they were to hold together is over."""
    paper, *entries = _refused_then_turned()
    for entry in entries:
        paper.fill(entry.client_order_id)
        close = _one_sent(paper)
        assert close.leg_id == entry.leg_id
        paper.fill(close.client_order_id)
        paper.end(close.client_order_id)
        assert paper.state.leg(entry.leg_id).is_flat


def test_a_refused_close_of_a_stray_is_asked_again() -> None:
    """After its pause, for as long as the leg is held."""
    paper, long, _ = _refused_then_turned()
    paper.fill(long.client_order_id)
    paper.refuse(_one_sent(paper).client_order_id)
    paper.tick(1_000)
    assert paper.sent() == []
    paper.tick(10_000_000)
    assert _one_sent(paper).quantity == long.quantity


def test_a_person_keeps_their_part_of_the_leg() -> None:
    """No more is closed than the late entry brought."""
    paper, long, _ = _refused_then_turned()
    by_hand = a_fill_report(client_order_id="by-hand", exchange_order_id="x-9")
    paper.tell(replace(by_hand, ts_event_us=paper.now_us, ts_init_us=paper.now_us))
    paper.held[LONG] = paper.state.leg(LONG).quantity
    assert paper.sent() == []
    paper.tick(10_000_000)
    assert paper.sent() == []
    paper.fill(long.client_order_id)
    paper.tick(10_000_000)
    assert _one_sent(paper).quantity == long.quantity


def test_legs_of_the_open_group_are_no_strays() -> None:
    """They follow their own target."""
    paper, *_ = _refused_then_turned()
    out: list[Command] = []
    close_strays(paper.state, SPEC, "BTCUSDT", out)
    assert out == []


def _restarted(long_qty: str, short_qty: str) -> tuple[PaperPair, LegGroup]:
    """A process that knows its legs from the store, and only the long side's exchange by sight."""
    paper = PaperPair.ready()
    for intent in paper.enter():
        paper.fill(intent.client_order_id)
        paper.end(intent.client_order_id)
    for leg_id, text in ((LONG, long_qty), (SHORT, short_qty)):
        leg, quantity = paper.state.leg(leg_id), Decimal(text)
        paper.held[leg_id] = quantity
        value = Decimal(50_000) * quantity
        paper.state.put_leg(replace(leg, quantity=quantity, entry_value=value))
    del paper.state.instruments[InstrumentId("binance", "BTCUSDT")]
    group = paper.group
    assert group is not None
    return paper, group


def test_a_surplus_goes_while_the_other_exchange_is_not_seen() -> None:
    """After the settling time, down to what the other leg was last known to hold."""
    paper, _ = _restarted("0.019", "0.012")
    paper.tick(1_000)
    assert paper.sent() == []
    paper.tick(_SETTLED_US)
    close = _one_sent(paper)
    assert (close.leg_id, close.quantity) == (LONG, Decimal("0.007"))


def test_a_leg_that_is_matched_as_far_as_known_stays() -> None:
    """And so does the smaller one: closing it would leave more alone."""
    for quantities in (("0.019", "0.019"), ("0.012", "0.019")):
        paper, _ = _restarted(*quantities)
        paper.tick(1_000)
        paper.tick(_SETTLED_US)
        assert paper.sent() == []


def test_the_group_is_followed_when_the_exchange_returns() -> None:
    """Its stop ran while nobody saw it: the other side goes in the turn that tells so."""
    paper, group = _restarted("0.019", "0.019")
    paper.tick(_SETTLED_US)
    paper.connect(BINANCE)
    assert paper.sent() == []
    paper.stop_out(SHORT)
    close = _one_sent(paper)
    assert (close.leg_id, close.quantity) == (LONG, Decimal("0.019"))
    after = paper.group
    assert after is not None
    assert (after.group_id, after.phase) == (group.group_id, GroupPhase.LEAVING)


def test_nothing_is_closed_where_nobody_can_be_seen() -> None:
    """Without its rules no order of a leg can be made."""
    paper, group = _restarted("0.019", "0")
    paper.state.instruments.clear()
    out: list[Command] = []
    for _ in range(2):
        close_surplus(paper.state, SPEC, group, out)
        paper.state.now_us += _SETTLED_US
    assert out == []
