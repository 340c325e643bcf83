"""Frames to events: every field in its place, and nothing plausible made of what is malformed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot_trading.domain.fill import LiquiditySide
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import Event, UnsupportedSeen
from bot_trading.domain.order import OrderSide, OrderStatus, OrderType
from bot_trading.domain.reports import (
    CandleClosed,
    FillReport,
    LegReport,
    OrderReport,
    QuoteSeen,
    StopKind,
)
from bot_trading.exchanges.binance.book import LegBook
from bot_trading.exchanges.binance.known import KnownOrders
from bot_trading.exchanges.binance.streams import PrivateFeed, PublicFeed
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.exchanges.websocket import StreamLost
from tests.builders.binance_frames import (
    TS_MS,
    account_event,
    algo_event,
    frame,
    kline_event,
    order_event,
    position_part,
)

LONG = LegId("binance", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("binance", "BTCUSDT", PositionIdx.SHORT)
MARK = json.dumps(
    {"e": "markPriceUpdate", "E": TS_MS, "s": "BTCUSDT", "p": "100.2", "T": TS_MS + 9}
).encode()
TICKER = json.dumps(
    {"e": "bookTicker", "u": 1, "s": "BTCUSDT", "T": TS_MS, "E": TS_MS}
    | {"b": "99.9", "B": "2.5", "a": "100.1", "A": "0"}
).encode()
PRIVATE = (
    order_event(),
    algo_event(),
    account_event(position_part()),
    account_event(position_part(pa="0"), reason="FUNDING_FEE"),
)
PUBLIC = (kline_event(), MARK, TICKER)
PRIVATE_FIGURES = frozenset({"q", "l", "z", "L", "n", "t", "i", "T", "pa", "ep", "tp", "aid", "p"})
PUBLIC_FIGURES = frozenset({"b", "a", "p", "E", "T", "t", "o", "h", "l", "c", "v"})
NO_NUMBERS: tuple[object, ...] = (
    *(None, [], {}, True, 1.5, "NaN", "Infinity", "-", "0x10", "\uff11\uff12", "1e999", "1_0"),
    *("-1", -1, 2**70, "9" * 40, "\u0000", "a" * 300),
)
REBATE = ("n", "-1")  # The one of these that is legitimate: a commission that is paid to us.


class Heard:
    """Both feeds, what they published and what they asked to be looked at."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.legs: list[LegId] = []
        self.money: list[tuple[int, bool]] = []
        self.book = LegBook()
        self.complain = UnsupportedCounter("binance")
        self.complain.publish = self.events.append
        self.private = PrivateFeed(
            self.book,
            KnownOrders(),
            "USDT",
            self.events.append,
            self.complain,
            self.legs.extend,
            lambda time_ms, is_funding: self.money.append((time_ms, is_funding)),
        )
        self.public = PublicFeed(["BTCUSDT"], 300, self.events.append, self.complain)

    def said(self) -> list[Any]:
        """What was published, without complaints and without the time of hearing it."""
        return [strip(event) for event in self.events if not isinstance(event, UnsupportedSeen)]


def strip(event: Any) -> Any:
    """An event as plain values, without when we learnt of it."""
    if isinstance(event, tuple):
        return tuple(event)
    if hasattr(event, "__dataclass_fields__"):
        heard = {"ts_init_us", "ts_book_us", "ts_depth_us"}
        names = [name for name in event.__dataclass_fields__ if name not in heard]
        return (type(event).__name__, *((name, strip(getattr(event, name))) for name in names))
    return event


def feed(payload: bytes, *, is_private: bool) -> Heard:
    """One frame heard from the beginning."""
    heard = Heard()
    (heard.private if is_private else heard.public).on_frame(payload)
    return heard


def test_a_fill_and_its_order_are_told() -> None:
    """Leg, side, money and identity come from the message itself."""
    heard = feed(order_event(), is_private=True)
    fill, report = heard.events
    assert isinstance(fill, FillReport)
    assert isinstance(report, OrderReport)
    assert (fill.trade_id, fill.client_order_id, fill.exchange_order_id) == (
        "77",
        "ours-1",
        "8886774",
    )
    assert (fill.side, fill.position_idx) == (OrderSide.BUY, PositionIdx.LONG)
    assert (fill.last_qty, fill.last_px) == (Decimal("0.004"), Decimal("60000.5"))
    assert fill.commission == Decimal("0.1200010")
    assert fill.liquidity_side is LiquiditySide.TAKER
    assert (report.status, report.filled_qty) == (OrderStatus.PARTIALLY_FILLED, Decimal("0.004"))
    assert (report.order_type, report.price, report.reduce_only) == (OrderType.MARKET, None, False)
    assert heard.legs == [LONG]


def test_a_stop_of_ours_is_the_legs_own() -> None:
    """It has a kind and no client id, like the stops that other exchanges make themselves."""
    heard = feed(
        order_event(c="sl-000000-ours-1", S="SELL", X="FILLED", z="0.010", ot="STOP_MARKET"),
        is_private=True,
    )
    fill, report = heard.events
    assert isinstance(fill, FillReport)
    assert isinstance(report, OrderReport)
    assert (fill.client_order_id, report.client_order_id) == ("", "")
    assert (report.stop_kind, report.reduce_only) == (StopKind.STOP_LOSS, True)


def test_a_resting_stop_shows_in_its_leg() -> None:
    """Leg first or stop first: the newest leg report names the stop, and no longer once it ends."""
    for order in ((0, 1), (1, 0)):
        heard = Heard()
        messages = (account_event(position_part()), algo_event())
        for number in order:
            heard.private.on_frame(messages[number])
        leg = [event for event in heard.events if isinstance(event, LegReport)][-1]
        assert (leg.leg_id, leg.quantity, leg.stop_loss) == (
            LONG,
            Decimal("0.010"),
            Decimal("59000.0"),
        )
        for status, resting in (("TRIGGERED", Decimal("59000.0")), ("EXPIRED", None)):
            heard.private.on_frame(algo_event(X=status))
            leg = [event for event in heard.events if isinstance(event, LegReport)][-1]
            assert leg.stop_loss == resting
        assert not heard.complain.counts


def test_short_legs_are_negative_on_the_wire_alone() -> None:
    """A quantity is never negative; a sign of the other leg is malformed."""
    heard = feed(account_event(position_part(ps="SHORT", pa="-0.010")), is_private=True)
    assert isinstance(heard.events[0], LegReport)
    assert (heard.events[0].leg_id, heard.events[0].quantity) == (SHORT, Decimal("0.010"))
    wrong = feed(account_event(position_part(pa="-0.010")), is_private=True)
    assert wrong.said() == []
    assert wrong.complain.counts.total() == 1


def test_money_that_moved_has_to_be_read() -> None:
    """Every ACCOUNT_UPDATE asks for it, funding by its name."""
    heard = feed(account_event(reason="FUNDING_FEE"), is_private=True)
    heard.private.on_frame(account_event())
    assert heard.money == [(TS_MS, True), (TS_MS, False)]


def test_a_conditional_order_of_a_person_is_reported() -> None:
    """Without our prefix it is no protection of ours, and no leg counts on it."""
    heard = feed(algo_event(caid="by-hand"), is_private=True)
    (report,) = heard.events
    assert isinstance(report, OrderReport)
    assert (report.client_order_id, report.status) == ("by-hand", OrderStatus.UNTRIGGERED)
    assert report.stop_kind is None
    heard.private.on_frame(algo_event(caid="by-hand", X="TRIGGERED"))
    assert len(heard.events) == 1


def test_an_ended_listen_key_ends_the_stream() -> None:
    """A stream that will say nothing any more is lost at once."""
    with pytest.raises(StreamLost, match="listen key"):
        Heard().private.on_frame(frame("listenKeyExpired", listenKey="x"))


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        (frame("MARGIN_CALL"), "MARGIN_CALL"),
        (order_event(X="SURPRISE"), "SURPRISE"),
        (algo_event(X="SURPRISE"), "SURPRISE"),
        (order_event(N=""), "commission"),
        (order_event(ps="SIDEWAYS"), "SIDEWAYS"),
        (order_event(S="HOLD"), "HOLD"),
        (order_event(o="ICEBERG"), "ICEBERG"),
    ],
)
def test_unknown_words_are_counted_by_name(payload: bytes, what: str) -> None:
    """A word that we do not know is told to somebody and becomes no status of ours."""
    heard = feed(payload, is_private=True)
    assert any(what in key for key in heard.complain.counts)
    statuses = [e.status for e in heard.events if isinstance(e, OrderReport)]
    assert all(status in (None, OrderStatus.PARTIALLY_FILLED) for status in statuses)


def test_silent_kinds_are_data_and_nothing_else() -> None:
    """What repeats other messages is not counted, and proves that the stream lives."""
    heard = Heard()
    assert heard.private.on_frame(frame("TRADE_LITE")) == "TRADE_LITE"
    assert heard.private.on_frame(b'{"result":[],"id":1}') is None
    assert heard.events == []


def test_prices_come_from_three_streams() -> None:
    """Each stream moves its own part of a quote and leaves the others."""
    heard = Heard()
    topics = [heard.public.on_frame(payload) for payload in PUBLIC]
    assert topics == ["btcusdt@kline_5m", "btcusdt@markPrice@1s", "btcusdt@bookTicker"]
    quote = [event for event in heard.events if isinstance(event, QuoteSeen)][-1].quote
    assert (quote.last, quote.mark) == (Decimal(100), Decimal("100.2"))
    assert (quote.bid, quote.ask) == (Decimal("99.9"), Decimal("100.1"))
    assert (quote.bid_qty, quote.ask_qty) == (Decimal("2.5"), Decimal(0))
    assert quote.ts_event_us == TS_MS * 1000
    heard_us = quote.ts_book_us
    assert heard_us is not None
    heard.public.on_frame(MARK)
    later = [event for event in heard.events if isinstance(event, QuoteSeen)][-1].quote
    assert later.ts_book_us == heard_us
    assert later.ts_init_us >= heard_us
    closed = [event for event in heard.events if isinstance(event, CandleClosed)]
    assert [event.candle.open_us for event in closed] == [TS_MS * 1000]


@pytest.mark.parametrize(
    "payload",
    [
        kline_event(i="1m"),
        kline_event(T=TS_MS + 1),
        kline_event(l="102"),
        kline_event(c="-1"),
        b'{"e":"surprise"}',
        MARK.replace(b"BTCUSDT", b"ETHUSDT"),
    ],
)
def test_public_nonsense_is_counted(payload: bytes) -> None:
    """Another length, another symbol, an impossible candle: no candle of it is published."""
    heard = feed(payload, is_private=False)
    assert heard.complain.counts.total() == 1
    assert not [event for event in heard.events if isinstance(event, CandleClosed)]


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_survived(payload: bytes, is_private: bool) -> None:
    """No bytes end a stream; what is no JSON object is counted."""
    heard = feed(payload, is_private=is_private)
    assert heard.said() == []


@given(st.data(), st.sampled_from([*range(len(PRIVATE)), *range(10, 10 + len(PUBLIC))]))
def test_cut_frames_are_counted(data: st.DataObject, which: int) -> None:
    """Half a message says nothing, and is counted once."""
    whole = PRIVATE[which] if which < 10 else PUBLIC[which - 10]
    upto = data.draw(st.integers(1, len(whole) - 1))
    heard = feed(whole[:upto], is_private=which < 10)
    assert heard.said() == []
    assert heard.complain.counts.total() == 1


def test_a_rebate_is_a_commission_below_zero() -> None:
    """A maker may be paid for a fill: the number keeps its sign and nothing is counted."""
    heard = feed(order_event(n="-1"), is_private=True)
    fills = [event for event in heard.events if isinstance(event, FillReport)]
    assert [fill.commission for fill in fills] == [Decimal(-1)]
    assert not heard.complain.counts


@settings(max_examples=300)
@given(
    st.sampled_from([*range(len(PRIVATE)), *range(10, 10 + len(PUBLIC))]),
    st.sampled_from(NO_NUMBERS),
    st.data(),
)
def test_a_wrong_value_is_counted_or_without_effect(
    which: int, wrong: object, data: st.DataObject
) -> None:
    """No number is made of what is none: the events are those of before, or fewer and counted."""
    is_private = which < 10
    whole = PRIVATE[which] if is_private else PUBLIC[which - 10]
    message = json.loads(whole)
    figures = PRIVATE_FIGURES if is_private else PUBLIC_FIGURES
    paths = [path for path in leaves(message) if path[-1] in figures]
    path = data.draw(st.sampled_from(paths))
    assume((path[-1], wrong) != REBATE)
    put(message, path, wrong)
    before = feed(whole, is_private=is_private)
    heard = feed(json.dumps(message).encode(), is_private=is_private)
    if heard.complain.counts:
        assert all(event in before.said() or is_partial(event) for event in heard.said())
        assert len(heard.said()) < len(before.said()) or not before.said()
    else:
        assert heard.said() == before.said()


def is_partial(event: tuple[Any, ...]) -> bool:
    """A quote that was shown before its candle turned out to be malformed."""
    return bool(event[0] == "QuoteSeen")


def leaves(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values that hold no others."""
    if isinstance(node, dict):
        return [leaf for name, each in node.items() for leaf in leaves(each, (*path, name))]
    if isinstance(node, list):
        return [leaf for at, each in enumerate(node) for leaf in leaves(each, (*path, at))]
    return [path]


def put(node: Any, path: tuple[Any, ...], value: object) -> None:
    """Replace one value."""
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value


def test_the_next_funding_is_told_with_the_mark_price() -> None:
    """The rate of the settlement to come, and when that is; best prices leave both as they are."""
    heard = Heard()
    mark = {"e": "markPriceUpdate", "E": TS_MS, "s": "BTCUSDT", "p": "100.2"}
    for more in ({"r": "-0.0003", "T": TS_MS + 9}, {"r": "", "T": 0}):
        heard.public.on_frame(json.dumps(mark | more).encode())
    told, untold = (event.quote for event in heard.events if isinstance(event, QuoteSeen))
    assert (told.funding_rate, told.ts_funding_us) == (Decimal("-0.0003"), (TS_MS + 9) * 1000)
    assert (untold.funding_rate, untold.ts_funding_us) == (None, None)


def test_a_price_that_was_read_fills_in_until_a_stream_tells_one() -> None:
    """After a reconnect nobody may trade for a while; what a stream told is newer and stays."""
    heard = Heard()
    heard.public.tell_last({"BTCUSDT": (Decimal("100.5"), TS_MS)})
    heard.public.on_frame(kline_event(c="100.9", h="101"))
    heard.public.tell_last({"BTCUSDT": (Decimal("100.5"), TS_MS)})
    quotes = [event.quote for event in heard.events if isinstance(event, QuoteSeen)]
    assert [quote.last for quote in quotes] == [Decimal("100.5"), Decimal("100.9")]
    assert quotes[0].ts_event_us == TS_MS * 1000


def test_levels_and_best_prices_make_one_book() -> None:
    """Each stream tells its part; the age of the book is that of its levels."""
    events: list[Event] = []
    complain = UnsupportedCounter("binance")
    public = PublicFeed(["BTCUSDT"], 300, events.append, complain, reads_depth=True)
    levels = {"e": "depthUpdate", "E": TS_MS, "T": TS_MS, "s": "BTCUSDT", "U": 1, "u": 4, "pu": 0}
    frame_of = json.dumps(levels | {"b": [["99.5", "1"], ["99", "2"]], "a": [["100.5", "3"]]})
    assert (public.on_frame(frame_of.encode()),) == public.depth_topics
    public.on_frame(TICKER.replace(b'"u": 1', b'"u": 5'))
    first, second = (event.quote for event in events if isinstance(event, QuoteSeen))
    assert [price for price, _ in first.bids] == [Decimal("99.5"), Decimal(99)]
    assert (second.bids[0], len(second.bids)) == ((Decimal("99.9"), Decimal("2.5")), 3)
    assert second.ts_depth_us == first.ts_depth_us
    assert public.on_frame(frame_of.replace('"u": 4', '"u": 3').encode()) is None
    unasked = Heard()
    assert unasked.public.on_frame(frame_of.encode()) is None
    assert unasked.complain.counts
    assert not complain.counts
