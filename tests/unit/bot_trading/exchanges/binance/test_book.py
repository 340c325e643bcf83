"""What the client knows of legs and of what rests, from messages in any order."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.reports import StopKind
from bot_trading.exchanges.binance import reports, wire
from bot_trading.exchanges.binance.book import READ_LAG_MAX_US, LegBook
from bot_trading.exchanges.binance.names import StopNames
from bot_trading.exchanges.binance.protection import Entry, Stop
from tests.builders.binance_frames import TS_MS, algo_row, order_row, position_row

LONG = LegId("binance", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("binance", "BTCUSDT", PositionIdx.SHORT)
TEN, FOUR = Decimal("0.010"), Decimal("0.004")
STOP = Stop(
    client_id="sl-000000-ours-1",
    leg_id=LONG,
    kind=StopKind.STOP_LOSS,
    trigger=Decimal(59_000),
    quantity=TEN,
)
ENTRY = Entry(
    client_order_id="ours-1",
    leg_id=LONG,
    stop_ids=frozenset({"sl-000000-ours-1"}),
    ts_sent_ms=TS_MS,
)


@dataclass(slots=True)
class Clock:
    """A clock that a test moves."""

    us: int = TS_MS * 1000

    def now_us(self) -> int:
        """What it shows."""
        return self.us


def algos(*rows: dict[str, object]) -> list[wire.AlgoRow]:
    """Rows of openAlgoOrders."""
    return [wire.decode_algo(json.dumps(row).encode()) for row in rows]


def positions(*rows: dict[str, object]) -> list[wire.PositionRow]:
    """Rows of positionRisk."""
    return [wire.decode_position(json.dumps(row).encode()) for row in rows]


def hear(book: LegBook, **changes: object) -> None:
    """Let a book hear of the entry."""
    row = wire.decode_order(json.dumps(order_row(**changes)).encode())
    book.heard(reports.order_report(row, 0, lambda _: None, StopNames().kind_of))


def test_an_entry_brings_its_own_stop() -> None:
    """From before its send to its last fill nothing has to be done, and the leg is covered."""
    book = LegBook()
    book.expect(ENTRY)
    book.rests(STOP)
    assert not book.changes(LONG)
    for filled, status in ((FOUR, "PARTIALLY_FILLED"), (TEN, "FILLED")):
        book.hold(LONG, filled, Decimal(60_000), TS_MS)
        hear(book, status=status, executedQty=str(filled))
        assert not book.changes(LONG)
        leg = book.report(LONG)
        assert leg is not None
        assert (leg.quantity, leg.stop_loss) == (filled, Decimal(59_000))


def test_what_an_entry_did_not_fill_is_taken_back() -> None:
    """Canceled after a part: the stop shrinks to what is held; not filled at all: it goes."""
    for filled, expected in ((FOUR, ((Decimal(59_000), FOUR),)), (Decimal(0), ())):
        book = LegBook()
        book.expect(ENTRY)
        book.rests(STOP)
        book.hold(LONG, filled, None, TS_MS)
        hear(book, status="CANCELED", executedQty=str(filled))
        change = book.changes(LONG)[StopKind.STOP_LOSS]
        assert change.place == expected
        assert [each.client_id for each in change.cancel] == ["sl-000000-ours-1"]


def test_legs_have_protection_of_their_own() -> None:
    """A flat short leg takes nothing of the long leg's, and the other way round."""
    book = LegBook()
    book.hold(LONG, TEN, None, TS_MS)
    book.hold(SHORT, Decimal(0), None, TS_MS)
    book.rests(STOP)
    book.rests(replace(STOP, client_id="sl-x", leg_id=SHORT))
    assert not book.changes(LONG)
    gone = book.changes(SHORT)[StopKind.STOP_LOSS].cancel
    assert [each.client_id for each in gone] == ["sl-x"]


def test_older_news_of_a_leg_is_passed_over() -> None:
    """Streams may repeat and reverse what they tell."""
    book = LegBook()
    book.hold(LONG, TEN, None, TS_MS)
    book.hold(LONG, FOUR, None, TS_MS - 1)
    leg = book.report(LONG)
    assert leg is not None
    assert leg.quantity == TEN


def test_a_read_is_not_newer_than_what_came_meanwhile() -> None:
    """Rows read from before are not believed against what streams told since."""
    clock = Clock()
    book = LegBook(clock.now_us)
    mark = book.mark()
    book.hold(LONG, TEN, None, TS_MS)
    book.rests(STOP)
    book.take_algos([], "", mark)
    book.take_positions([], ["BTCUSDT"], mark)
    leg = book.report(LONG)
    assert leg is not None
    assert (leg.quantity, leg.stop_loss) == (TEN, Decimal(59_000))
    mark = book.mark()
    book.take_algos([], "ETHUSDT", mark)
    book.take_positions(positions(position_row()), ["BTCUSDT"], mark)
    leg = book.report(LONG)
    assert leg is not None
    assert (leg.quantity, leg.stop_loss) == (TEN, Decimal(59_000))
    clock.us += READ_LAG_MAX_US
    book.take_algos([], "BTCUSDT", mark)
    leg = book.report(LONG)
    assert leg is not None
    assert leg.stop_loss is None


def test_what_ended_never_comes_back() -> None:
    """A late row or message of an order that ended changes nothing."""
    book = LegBook()
    book.hold(LONG, TEN, None, TS_MS)
    book.rests(STOP)
    book.gone("sl-000000-ours-1")
    book.rests(STOP)
    book.take_algos(algos(algo_row()), "", book.mark())
    leg = book.report(LONG)
    assert leg is not None
    assert leg.stop_loss is None


def test_a_late_report_does_not_revive_an_entry() -> None:
    """Reports the wrong way round: the end comes first, and the stop is the leg's from then on."""
    book = LegBook()
    book.expect(ENTRY)
    book.rests(STOP)
    book.hold(LONG, TEN, None, TS_MS)
    hear(book, status="FILLED", executedQty="0.010")
    hear(book, status="PARTIALLY_FILLED", executedQty="0.004")
    assert book.stops_of(LONG, StopKind.STOP_LOSS)
    book.hold(LONG, FOUR, None, TS_MS + 1)
    assert book.changes(LONG)[StopKind.STOP_LOSS].place == ((Decimal(59_000), FOUR),)


def test_a_later_life_finds_its_own_by_their_names() -> None:
    """Orders with our prefixes are ours, those of a resting entry too; others are not."""
    book = LegBook()
    mark = book.mark()
    rows = algos(algo_row(), algo_row(clientAlgoId="by-hand", algoId=2))
    book.take_algos(rows, "", mark)
    book.take_positions([], ["BTCUSDT"], mark)
    assert book.changes(LONG)
    hear(book)
    assert not book.changes(LONG)
    assert {leg.leg_id for leg in book.reports(["BTCUSDT"])} == {LONG, SHORT}
    hear(book, status="CANCELED")
    gone = book.changes(LONG)[StopKind.STOP_LOSS].cancel
    assert [each.client_id for each in gone] == ["sl-000000-ours-1"]


def test_an_entry_is_overdue_only_unheard() -> None:
    """What the exchange told of is ended by the exchange alone, however long ago it was sent."""
    book = LegBook()
    book.expect(ENTRY)
    assert book.is_overdue("ours-1", TS_MS + 1)
    assert not book.is_overdue("ours-1", TS_MS)
    hear(book)
    assert not book.is_overdue("ours-1", TS_MS + 1)
    book.rests(STOP)
    assert [each.client_id for each in book.forget("ours-1")] == ["sl-000000-ours-1"]
    assert book.forget("ours-1") == ()


def test_reports_are_never_older_than_what_was_told() -> None:
    """A conditional order's message moves the time of its leg forward, never back."""
    book = LegBook()
    book.hold(LONG, TEN, None, TS_MS)
    book.touch(LONG, TS_MS + 5)
    book.touch(LONG, TS_MS + 1)
    book.touch(SHORT, TS_MS)
    mark = book.mark()
    book.take_positions(positions(position_row(updateTime=TS_MS)), ["BTCUSDT"], mark)
    leg = book.report(LONG)
    assert leg is not None
    assert leg.ts_event_us == (TS_MS + 5) * 1000


def test_a_stop_never_outlives_its_leg_into_the_next_life() -> None:
    """Once its leg was flat it goes, though the next life would have room for it."""
    book = LegBook()
    book.hold(LONG, TEN, None, TS_MS - 9)
    book.rests(replace(STOP, client_id="sl-old", trigger=Decimal(59_500)))
    book.hold(LONG, Decimal(0), None, TS_MS - 5)
    assert [each.client_id for each in book.past_stops(LONG)] == ["sl-old"]
    book.expect(ENTRY)
    book.rests(STOP)
    book.hold(LONG, TEN, None, TS_MS)
    hear(book, status="FILLED", executedQty="0.010")
    change = book.changes(LONG)[StopKind.STOP_LOSS]
    assert ([each.client_id for each in change.cancel], change.place) == (["sl-old"], ())
    leg = book.report(LONG)
    assert leg is not None
    assert leg.stop_loss == Decimal(59_000)
    book.gone("sl-old")
    assert not book.changes(LONG)
    assert not book.past_stops(LONG)


def test_a_stop_placed_late_for_a_flat_leg_is_of_its_past() -> None:
    """What is told to rest once the leg is flat goes as well, unless an entry brought it."""
    book = LegBook()
    book.hold(LONG, Decimal(0), None, TS_MS)
    book.rests(replace(STOP, client_id="sl-late"))
    book.expect(ENTRY)
    book.rests(STOP)
    assert [each.client_id for each in book.past_stops(LONG)] == ["sl-late"]
    assert [each.client_id for each in book.forget("ours-1")] == ["sl-000000-ours-1"]
    assert {each.client_id for each in book.past_stops(LONG)} == {"sl-late", "sl-000000-ours-1"}


def test_a_read_settles_what_the_stream_never_told() -> None:
    """A filled entry keeps its stop until its leg was told with the fill, or read since."""
    clock = Clock()
    book = LegBook(clock.now_us)
    book.hold(LONG, Decimal(0), None, TS_MS - 1)
    before = book.mark()
    book.expect(ENTRY)
    book.rests(STOP)
    hear(book, status="FILLED", executedQty="0.010")
    assert book.is_unsettled(LONG)
    book.take_positions([], ["BTCUSDT"], before)
    assert book.is_unsettled(LONG)
    assert not book.past_stops(LONG)
    book.take_positions([], ["BTCUSDT"], book.mark())
    assert book.is_unsettled(LONG), "a read so soon may lag behind the fill"
    clock.us += READ_LAG_MAX_US
    book.take_positions([], ["BTCUSDT"], book.mark())
    assert not book.is_unsettled(LONG)
    assert [each.client_id for each in book.past_stops(LONG)] == ["sl-000000-ours-1"]


@given(order=st.permutations(("flat", "filled", "held", "looked")))
def test_an_entry_racing_a_close_keeps_its_stop(order: list[str]) -> None:
    """However the end of one life and the start of the next are told, only the old stop goes."""
    book = LegBook()
    book.hold(LONG, TEN, None, TS_MS - 9)
    book.rests(replace(STOP, client_id="sl-old"))
    book.expect(ENTRY)
    book.rests(STOP)
    gone: list[str] = []
    for what in (*order, "looked"):
        if what == "flat":
            book.hold(LONG, Decimal(0), None, TS_MS - 5)
        elif what == "held":
            book.hold(LONG, TEN, None, TS_MS)
        elif what == "filled":
            hear(book, status="FILLED", executedQty="0.010")
        else:
            gone += [each.client_id for each in book.past_stops(LONG)]
        assert "sl-000000-ours-1" not in gone
    if order.index("flat") < order.index("held"):
        assert "sl-old" in gone
    leg = book.report(LONG)
    assert leg is not None
    assert leg.stop_loss == Decimal(59_000)
    assert not book.is_unsettled(LONG)


def test_a_row_of_an_older_position_is_passed_over() -> None:
    """Also one of a read that began after the stream's word, and whatever touched the leg since."""
    book = LegBook()
    book.hold(LONG, TEN, None, TS_MS)
    stale = positions(position_row(positionAmt="0.004", updateTime=TS_MS - 1))
    book.take_positions(stale, ["BTCUSDT"], book.mark())
    assert book.need(LONG) == TEN
    book.touch(LONG, TS_MS + 9)
    later = positions(position_row(positionAmt="0.004", updateTime=TS_MS + 1))
    book.take_positions(later, ["BTCUSDT"], book.mark())
    assert book.need(LONG) == FOUR
    leg = book.report(LONG)
    assert leg is not None
    assert leg.ts_event_us == (TS_MS + 9) * 1000


def test_a_leg_left_out_too_soon_keeps_its_stop() -> None:
    """A read that may lag behind the stream closes nothing, and the leg is looked at again."""
    clock = Clock()
    book = LegBook(clock.now_us)
    book.hold(LONG, TEN, None, TS_MS)
    book.rests(STOP)
    for _ in range(3):
        book.take_positions([], ["BTCUSDT"], book.mark())
        assert not book.changes(LONG)
        assert book.is_unsettled(LONG)
    clock.us += READ_LAG_MAX_US
    book.take_positions([], ["BTCUSDT"], book.mark())
    assert not book.is_unsettled(LONG)
    assert book.need(LONG) == 0
    assert not book.past_stops(LONG)
    book.take_positions([], ["BTCUSDT"], book.mark())
    assert book.past_stops(LONG)


def test_a_stop_left_out_too_soon_is_not_forgotten() -> None:
    """A read that may lag behind its placing ends none, so that it is taken away with its leg."""
    clock = Clock()
    book = LegBook(clock.now_us)
    book.rests(STOP)
    book.hold(LONG, Decimal(0), None, TS_MS)
    book.take_algos([], "BTCUSDT", book.mark())
    assert [each.client_id for each in book.past_stops(LONG)] == [STOP.client_id]
    assert book.is_unsettled(LONG)
    assert not book.is_unsettled(SHORT)
    row = algo_row(clientAlgoId=STOP.client_id, triggerPrice="59000")
    book.take_algos(algos(row), "BTCUSDT", book.mark())
    assert not book.is_unsettled(LONG)
    book.take_algos([], "BTCUSDT", book.mark())
    clock.us += READ_LAG_MAX_US
    book.take_algos([], "BTCUSDT", book.mark())
    assert not book.is_unsettled(LONG)
    assert not book.past_stops(LONG)


@pytest.mark.parametrize("moved_ms", [0, 5])
def test_a_flat_that_proves_untrue_takes_no_stop_with_it(moved_ms: int) -> None:
    """Told again as it was before, the leg has its stop again; a new life has not."""
    clock = Clock()
    book = LegBook(clock.now_us)
    book.hold(LONG, TEN, Decimal(60_000), TS_MS)
    book.rests(STOP)
    clock.us += READ_LAG_MAX_US
    for _ in range(2):
        book.take_positions([], ["BTCUSDT"], book.mark())
    assert book.past_stops(LONG)
    book.hold(LONG, TEN, Decimal(60_000 + moved_ms), TS_MS + moved_ms)
    assert bool(book.past_stops(LONG)) is bool(moved_ms)
    assert bool(book.changes(LONG)) is bool(moved_ms)


def test_an_entry_is_missing_from_a_read_that_should_list_it() -> None:
    """Not while it rests, was told of meanwhile, has ended, or is of another symbol."""
    book = LegBook()
    book.expect(ENTRY)
    mark = book.mark()
    assert [entry.client_order_id for entry in book.missing((), "", mark)] == ["ours-1"]
    assert not book.missing(("ours-1",), "", mark)
    assert not book.missing((), "ETHUSDT", mark)
    hear(book)
    assert not book.missing((), "BTCUSDT", mark)
    assert book.missing((), "BTCUSDT", book.mark())
    hear(book, status="FILLED", executedQty="0.010")
    assert not book.missing((), "", book.mark())
