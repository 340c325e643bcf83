"""A book of snapshots and deltas: exactly what was told, and nothing after a gap."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.market import Quote
from bot_trading.domain.messages import Event
from bot_trading.domain.reports import QuoteSeen
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.bybit.depth import LEVELS, DepthBook, depth_topic
from bot_trading.exchanges.bybit.streams import PublicFeed
from bot_trading.exchanges.bybit.wire import DepthRow
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.exchanges.websocket import Socket
from tests.builders.bybit_frames import TS_MS

TICKER = json.dumps(
    {"topic": "tickers.BTCUSDT", "type": "snapshot", "ts": TS_MS}
    | {"data": {"symbol": "BTCUSDT", "lastPrice": "100", "bid1Price": "99", "bid1Size": "1"}}
).encode()
Rows = list[tuple[str, str]]
CHANGES = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5)), max_size=6).map(
    lambda rows: [(str(price), str(quantity)) for price, quantity in rows]
)


def _row(update_id: int, bids: Rows, asks: Rows) -> DepthRow:
    return DepthRow(symbol="BTCUSDT", update_id=update_id, bids=bids, asks=asks)


def _book() -> DepthBook:
    book = DepthBook()
    bids = [(str(price), "1") for price in range(99, 91, -1)]
    asks = [(str(price), "2") for price in range(101, 109)]
    book.take(_row(7, bids, asks), is_snapshot=True)
    return book


def test_the_best_levels_come_first() -> None:
    """As many as the other exchanges tell, though the stream knows more."""
    book = _book()
    assert book.is_whole
    assert [price for price, _ in book.bids()] == [99, 98, 97, 96, 95]
    assert book.asks()[0] == (101, 2)
    assert len(book.asks()) == LEVELS
    assert depth_topic("BTCUSDT") == "orderbook.50.BTCUSDT"


def test_a_delta_changes_takes_away_and_adds() -> None:
    """Size zero ends a level, one that is not there is no fault, and better ones come in front."""
    book = _book()
    book.take(_row(8, [("99", "0"), ("3", "0")], [("100.5", "4"), ("101", "9")]), is_snapshot=False)
    assert book.bids()[0] == (98, 1)
    assert book.asks()[:2] == ((Decimal("100.5"), 4), (101, 9))


@pytest.mark.parametrize("update_id", [7, 9, 1])
def test_a_gap_leaves_no_book_until_a_snapshot(update_id: int) -> None:
    """A lost, doubled or restarted count: nobody knows what the book is, not even the best."""
    book = _book()
    book.take(_row(update_id, [], []), is_snapshot=False)
    assert (book.is_whole, book.bids(), book.asks()) == (False, (), ())
    book.take(_row(update_id + 1, [("99", "1")], []), is_snapshot=False)
    assert not book.is_whole
    book.take(_row(1, [("50", "1")], [("51", "1")]), is_snapshot=True)
    assert (book.bids(), book.asks()) == (((50, 1),), ((51, 1),))


def test_an_unreadable_change_is_a_gap() -> None:
    """What could not be taken in cannot be known later either."""
    book = _book()
    with pytest.raises(MalformedMessage):
        book.take(_row(8, [("NaN", "1")], []), is_snapshot=False)
    book.take(_row(9, [], []), is_snapshot=False)
    assert not book.is_whole


@given(deltas=st.lists(st.tuples(CHANGES, CHANGES), max_size=5))
def test_deltas_add_up_to_what_they_say(deltas: list[tuple[Rows, Rows]]) -> None:
    """The book after any deltas is the last word on every price, in order."""
    book = DepthBook()
    book.take(_row(1, [], []), is_snapshot=True)
    told: tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]] = ({}, {})
    for number, sides in enumerate(deltas, 2):
        book.take(_row(number, *sides), is_snapshot=False)
        for known, rows in zip(told, sides, strict=True):
            known.update({Decimal(price): Decimal(quantity) for price, quantity in rows})
    bids, asks = (sorted((p, q) for p, q in side.items() if q) for side in told)
    assert book.bids() == tuple(bids[::-1][:LEVELS])
    assert book.asks() == tuple(asks[:LEVELS])


def depth(kind: str, update_id: int, *bids: tuple[str, str], symbol: str = "BTCUSDT") -> bytes:
    """A frame of the book with one ask."""
    message = {"topic": "orderbook.50.BTCUSDT", "type": kind, "ts": TS_MS, "cts": TS_MS}
    rows = {"s": symbol, "b": bids, "a": [("101", "3")], "u": update_id, "seq": 9}
    return json.dumps(message | {"data": rows}).encode()


def quote_of(event: Event) -> Quote:
    """The quote of an event that must be one."""
    assert isinstance(event, QuoteSeen)
    return event.quote


class _Socket(Socket):
    """What was sent, without a connection."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, payload: bytes) -> None:
        self.sent.append(json.loads(payload))

    async def reply(self) -> bytes:
        return b'{"op": "subscribe", "success": true}'


async def test_a_book_is_carried_by_the_quote_until_a_gap() -> None:
    """The levels stay beside other prices; after a gap there are none, and a snapshot is asked
    for once."""
    events: list[Event] = []
    complain = UnsupportedCounter("bybit")
    public = PublicFeed(["BTCUSDT"], 300, events.append, complain, reads_depth=True)
    socket = _Socket()
    await public.greet(socket)
    assert socket.sent[0]["args"][-1] == "orderbook.50.BTCUSDT"
    topic = public.on_frame(depth("snapshot", 4, ("99", "1")))
    assert (topic,) == public.depth_topics
    public.on_frame(TICKER)
    public.on_frame(depth("delta", 5, ("98", "2")))
    quote = quote_of(events[-1])
    assert quote.bids == ((99, 1), (98, 2))
    assert (quote.asks, quote.last) == (((101, 3),), 100)
    assert quote.ts_depth_us == quote.ts_init_us
    assert quote_of(events[1]).ts_depth_us == quote_of(events[0]).ts_depth_us
    assert public.on_frame(depth("delta", 7)) is None
    assert public.on_frame(depth("delta", 8)) is None
    broken = quote_of(events[-1])
    assert (broken.bids, broken.asks, broken.ts_depth_us, broken.bid) == ((), (), None, 99)
    assert [each["op"] for each in socket.sent[1:]] == ["unsubscribe", "subscribe"]
    assert complain.counts == {"a gap in orderbook.50.BTCUSDT": 1}
    assert public.on_frame(depth("snapshot", 1, ("97", "1"))) == topic
    assert quote_of(events[-1]).bids == ((97, 1),)


def test_a_book_that_was_not_asked_for_is_no_data() -> None:
    """Without pairs no book is subscribed, and one of another symbol under its name is refused."""
    events: list[Event] = []
    complain = UnsupportedCounter("bybit")
    unasked = PublicFeed(["BTCUSDT"], 300, events.append, complain)
    assert unasked.depth_topics == ()
    unasked.on_frame(depth("snapshot", 4))
    asked = PublicFeed(["BTCUSDT"], 300, events.append, complain, reads_depth=True)
    assert asked.on_frame(depth("snapshot", 4, symbol="ETHUSDT")) is None
    assert (events, len(complain.counts)) == ([], 2)
