"""OKX's frames become events; whatever cannot be understood is counted and never fatal."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import Event, UnsupportedSeen
from bot_trading.domain.order import OrderStatus
from bot_trading.domain.reports import (
    BalanceReport,
    CandleClosed,
    FillReport,
    LegReport,
    OrderReport,
    QuoteSeen,
    StopKind,
)
from bot_trading.exchanges.okx.config import Credentials, OkxConfig
from bot_trading.exchanges.okx.contracts import Contracts
from bot_trading.exchanges.okx.known import KnownLegs
from bot_trading.exchanges.okx.rest import SignedRest
from bot_trading.exchanges.okx.streams import BusinessFeed, PrivateFeed, PublicFeed, candle_word
from bot_trading.exchanges.ownership import OwnStops
from bot_trading.exchanges.unsupported import UnsupportedCounter
from tests.builders.okx_frames import (
    TS_MS,
    account_row,
    algo_row,
    btc_contracts,
    filled,
    frame,
    order_row,
    position_row,
)

SWAP = "BTC-USDT-SWAP"
LONG = LegId("okx", "BTCUSDT", PositionIdx.LONG)
OPEN_MS = TS_MS - TS_MS % 300_000
CANDLE = [str(OPEN_MS), "100.5", "101", "99.5", "100", "1250", "12.5", "1250", "1"]
TICKER = {"instId": SWAP, "last": "100", "bidPx": "99", "askPx": "101", "ts": str(TS_MS)}
MARK = {"instId": SWAP, "markPx": "100.5", "ts": str(TS_MS)}


class Feeds:
    """All three feeds over one memory, and what they said."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.hours = 0
        self.shrunk = 0
        self.complain = UnsupportedCounter("okx")
        self.complain.publish = self.events.append
        config = OkxConfig(
            rest_url="http://x", ws_public_url="", ws_private_url="", ws_business_url=""
        )
        keys = Credentials(api_key="k", api_secret="s", passphrase="p")
        rest, contracts, known = (
            SignedRest(config, keys),
            btc_contracts(),
            KnownLegs(OwnStops("sl000000")),
        )
        parts = (config, rest, contracts, known, self.events.append, self.complain)
        told = (self.events.append, self.complain, self._hour)
        self.public = PublicFeed(["BTCUSDT"], "USDT", *told, contracts)
        self.business = BusinessFeed(["BTCUSDT"], 300, *parts)
        self.private = PrivateFeed(*parts, self._shrunk)

    def _hour(self) -> None:
        self.hours += 1

    def _shrunk(self) -> None:
        self.shrunk += 1

    def of(self, kind: type[Any]) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def prices(self, channel: str, row: dict[str, Any], name: str = SWAP) -> str | None:
        """Say one row of a public channel."""
        return self.public.on_frame(frame(channel, row, arg={"channel": channel, "instId": name}))

    def candle(self, *rows: Any) -> str | None:
        """Say candles."""
        return self.business.on_frame(
            frame("candle5m", *rows, arg={"channel": "candle5m", "instId": SWAP})
        )


def test_prices_come_together_from_two_channels() -> None:
    """A ticker and a mark price make one quote; the newer time counts."""
    feeds = Feeds()
    assert feeds.prices("tickers", TICKER) == f"tickers.{SWAP}"
    assert feeds.prices("mark-price", MARK | {"ts": str(TS_MS + 1)}) == f"mark-price.{SWAP}"
    quote = feeds.of(QuoteSeen)[-1].quote
    assert (quote.last, quote.bid, quote.ask) == (Decimal(100), Decimal(99), Decimal(101))
    assert (quote.mark, quote.ts_event_us) == (Decimal("100.5"), (TS_MS + 1) * 1000)
    assert quote.instrument_id == LONG.instrument_id
    assert not feeds.complain.counts


def test_sizes_at_the_best_prices_are_told_in_base_coin() -> None:
    """OKX counts contracts; a size that is not told is unknown, and none is zero."""
    feeds = Feeds()
    feeds.prices("tickers", TICKER | {"bidSz": "25", "askSz": "0"})
    feeds.prices("tickers", TICKER)
    told, untold = (each.quote for each in feeds.of(QuoteSeen))
    assert (told.bid_qty, told.ask_qty) == (Decimal("0.25"), Decimal(0))
    assert (untold.bid_qty, untold.ask_qty) == (None, None)


def test_the_next_funding_is_told_by_its_own_channel() -> None:
    """The rate of the settlement to come, and when that is; an empty rate is none."""
    feeds = Feeds()
    row = {"instId": SWAP, "fundingRate": "-0.0002", "fundingTime": str(TS_MS)}
    assert feeds.prices("funding-rate", row) == f"funding-rate.{SWAP}"
    feeds.prices("funding-rate", row | {"fundingRate": ""})
    told, untold = (each.quote for each in feeds.of(QuoteSeen))
    assert (told.funding_rate, told.ts_funding_us) == (Decimal("-0.0002"), TS_MS * 1000)
    assert untold.funding_rate is None


def test_a_price_that_is_not_there_is_none() -> None:
    """An empty side of the book is no price, and not the one before."""
    feeds = Feeds()
    feeds.prices("tickers", TICKER)
    feeds.prices("tickers", TICKER | {"bidPx": ""})
    assert feeds.of(QuoteSeen)[-1].quote.bid is None


def test_each_hour_of_the_market_is_told_once() -> None:
    """Funding is settled at whole hours."""
    feeds = Feeds()
    for later_ms in (0, 1, 3_600_000, 3_600_001, 5):
        feeds.prices("mark-price", MARK | {"ts": str(TS_MS + later_ms)})
    assert feeds.hours == 2


def test_a_candle_is_told_when_it_is_closed() -> None:
    """An open one only proves that the stream lives."""
    feeds = Feeds()
    assert feeds.candle([*CANDLE[:8], "0"]) == f"candle5m.{SWAP}"
    assert not feeds.events
    feeds.candle(CANDLE)
    (closed,) = feeds.of(CandleClosed)
    assert (closed.candle.open_us, closed.candle.volume) == (OPEN_MS * 1000, Decimal("12.5"))


@pytest.mark.parametrize(
    ("interval_s", "word"),
    [(60, "1m"), (300, "5m"), (3600, "1H"), (21_600, "6Hutc"), (86_400, "1Dutc")],
)
def test_long_candles_open_by_utc(interval_s: int, word: str) -> None:
    """OKX's own day begins in Hong Kong."""
    assert candle_word(interval_s) == word


def test_a_candle_length_that_okx_does_not_have_is_refused() -> None:
    """In one sentence that names those it has."""
    with pytest.raises(ValueError, match="no candles of 42 s"):
        candle_word(42)


def test_an_order_and_its_fill_come_in_one_row() -> None:
    """The order first, then what was filled of it."""
    feeds = Feeds()
    assert feeds.private.on_frame(frame("orders", filled())) is not None
    order, fill = feeds.events
    assert isinstance(order, OrderReport)
    assert isinstance(fill, FillReport)
    assert order.status is OrderStatus.PARTIALLY_FILLED
    assert (order.filled_qty, fill.last_qty) == (Decimal("0.004"), Decimal("0.004"))


def test_a_leg_is_told_with_the_stops_of_another_socket() -> None:
    """Whichever comes first; each later word brings the leg as it is then."""
    feeds = Feeds()
    feeds.business.on_frame(frame("orders-algo", algo_row()))
    assert not feeds.of(LegReport)
    feeds.private.on_frame(frame("positions", position_row()))
    assert feeds.of(LegReport)[-1].stop_loss == Decimal(59000)
    moved = algo_row(slTriggerPx="59500", uTime=str(TS_MS + 5))
    feeds.business.on_frame(frame("orders-algo", moved))
    report = feeds.of(LegReport)[-1]
    assert (report.stop_loss, report.ts_event_us) == (Decimal(59500), (TS_MS + 5) * 1000)
    stops = {order.exchange_order_id: order.quantity for order in feeds.of(OrderReport)}
    assert stops == {"7001-sl": Decimal("0.01"), "7001-tp": Decimal("0.01")}


def test_an_order_that_a_stop_became_says_so() -> None:
    """It has an id of its own, and the stop ended."""
    feeds = Feeds()
    feeds.private.on_frame(frame("positions", position_row()))
    feeds.business.on_frame(frame("orders-algo", algo_row()))
    fired = algo_row(state="effective", actualSide="sl", ordId="55", uTime=str(TS_MS + 1))
    feeds.business.on_frame(frame("orders-algo", fired))
    row = order_row(ordId="55", algoId="7001", clOrdId="", side="sell", ordType="market", px="")
    feeds.private.on_frame(frame("orders", row))
    *stops, order = feeds.of(OrderReport)
    assert (order.exchange_order_id, order.stop_kind) == ("55", StopKind.STOP_LOSS)
    assert [each.status for each in stops[-2:]] == [OrderStatus.CANCELED] * 2
    assert feeds.of(LegReport)[-1].stop_loss is None


@pytest.mark.parametrize(
    ("size", "left", "shrunk"), [("1", "0", 1), ("1", "0.4", 1), ("", "0.4", 0)]
)
def test_stops_larger_than_their_leg_are_noticed(size: str, left: str, shrunk: int) -> None:
    """A sized one does not follow its leg; one for the whole leg does."""
    feeds = Feeds()
    feeds.private.on_frame(frame("positions", position_row()))
    row = algo_row(sz=size, closeFraction="" if size else "1")
    feeds.business.on_frame(frame("orders-algo", row))
    assert feeds.shrunk == 0
    feeds.private.on_frame(frame("positions", position_row(pos=left, uTime=str(TS_MS + 1))))
    assert feeds.shrunk == shrunk


def test_money_is_told_for_our_coin_only() -> None:
    """An account without the coin tells nothing."""
    feeds = Feeds()
    feeds.private.on_frame(frame("account", account_row()))
    feeds.private.on_frame(frame("account", account_row(details=[])))
    (told,) = feeds.of(BalanceReport)
    assert told.balance.equity == Decimal("1001.5")


def test_what_is_no_data_is_no_topic() -> None:
    """Answers to pings, confirmations and notices only prove that the other side lives."""
    feeds = Feeds()
    for payload in (b"pong", b'{"event":"subscribe","arg":{"channel":"orders"}}'):
        for feed in (feeds.public, feeds.business, feeds.private):
            assert feed.on_frame(payload) is None
    assert feeds.private.on_frame(b'{"event":"notice","code":"64008","msg":"soon"}') is None
    assert not feeds.events
    assert feeds.private.on_frame(frame("positions")) is not None


@pytest.mark.parametrize(
    ("feed", "payload"),
    [
        ("public", b"{"),
        ("public", b"{}"),
        ("public", frame("tickers", TICKER)),
        ("public", frame("books", TICKER, arg={"channel": "books", "instId": SWAP})),
        ("public", frame("t", MARK, arg={"channel": "mark-price", "instId": "ETH-USDT-SWAP"})),
        (
            "public",
            frame("t", TICKER | {"instId": "X"}, arg={"channel": "tickers", "instId": SWAP}),
        ),
        ("business", frame("candle1m", CANDLE, arg={"channel": "candle1m", "instId": SWAP})),
        ("business", frame("orders-algo", algo_row(instId="ETH-USDT-SWAP"))),
        ("business", frame("orders-algo", algo_row(posSide="both"))),
        ("private", frame("orders", order_row(instId="ETH-USD-SWAP"))),
        ("private", frame("orders", order_row(side="up"))),
        ("private", frame("positions", position_row(pos="-1"))),
        ("private", frame("positions", position_row(mgnMode="isolated"))),
        ("private", frame("liquidation-warning", position_row())),
        ("private", b'{"event":"error","code":"60014","msg":"Requests too frequent"}'),
        ("private", b"\xff\xfe"),
        ("private", b'{"arg":{"channel":"orders"},"data":{}}'),
    ],
)
def test_what_is_not_understood_is_counted(feed: str, payload: bytes) -> None:
    """Once each, published, and nothing else is said."""
    feeds = Feeds()
    getattr(feeds, feed).on_frame(payload)
    assert sum(feeds.complain.counts.values()) == 1
    assert [type(event) for event in feeds.events] == [UnsupportedSeen]


def test_a_bad_row_takes_no_good_one_with_it() -> None:
    """Rows of a frame are understood one by one."""
    feeds = Feeds()
    rows = order_row(sz="?"), order_row(ordId="2"), "no row at all", order_row(ordId="3")
    assert feeds.private.on_frame(frame("orders", *rows)) is not None
    assert [order.exchange_order_id for order in feeds.of(OrderReport)] == ["2", "3"]
    assert len(feeds.of(UnsupportedSeen)) == 2


GOOD = [
    ("public", frame("t", TICKER, arg={"channel": "tickers", "instId": SWAP})),
    ("public", frame("m", MARK, arg={"channel": "mark-price", "instId": SWAP})),
    ("business", frame("c", CANDLE, arg={"channel": "candle5m", "instId": SWAP})),
    ("business", frame("orders-algo", algo_row())),
    ("private", frame("orders", filled())),
    ("private", frame("positions", position_row())),
    ("private", frame("account", account_row())),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(GOOD), st.data())
def test_broken_bytes_are_never_fatal(good: tuple[str, bytes], data: st.DataObject) -> None:
    """Cut short, overwritten or doubled: understood or counted, never anything else."""
    name, payload = good
    cut = data.draw(st.integers(0, len(payload)))
    middle = data.draw(st.binary(max_size=5))
    skip = data.draw(st.integers(0, 10))
    feeds = Feeds()
    getattr(feeds, name).on_frame(payload[:cut] + middle + payload[cut + skip :])
    for event in feeds.of(FillReport):
        assert event.last_qty > 0
        assert event.commission.is_finite()
    for event in feeds.of(LegReport):
        assert event.quantity >= 0


@given(st.sampled_from(GOOD), st.data())
def test_wrong_types_are_never_fatal(good: tuple[str, bytes], data: st.DataObject) -> None:
    """Any value may stand in any field: money and prices that come out are finite and possible."""
    name, payload = good
    message: dict[str, Any] = json.loads(payload)
    row = message["data"][0]
    keys: list[Any] = sorted(row) if isinstance(row, dict) else list(range(len(row)))
    row[data.draw(st.sampled_from(keys))] = data.draw(JSON)
    feeds = Feeds()
    getattr(feeds, name).on_frame(json.dumps(message).encode())
    for event in feeds.events:
        if isinstance(event, QuoteSeen):
            prices = (event.quote.last, event.quote.mark, event.quote.bid, event.quote.ask)
            assert all(price is None or price > 0 for price in prices)
        if isinstance(event, CandleClosed):
            assert event.candle.problem() is None
        if isinstance(event, OrderReport):
            assert event.quantity > 0


@given(JSON, st.sampled_from(["public", "business", "private"]))
def test_any_json_is_never_fatal(value: Any, name: str) -> None:
    """Whatever the other side says, the stream goes on."""
    feeds = Feeds()
    assert getattr(feeds, name).on_frame(json.dumps(value).encode()) is None
    assert not [event for event in feeds.events if not isinstance(event, UnsupportedSeen)]


def test_a_frame_of_great_length_is_read_or_counted() -> None:
    """Ten thousand rows and a megabyte in a field."""
    feeds = Feeds()
    feeds.private.on_frame(frame("positions", *[position_row()] * 10_000))
    assert len(feeds.of(LegReport)) == 10_000
    feeds.private.on_frame(frame("orders", order_row(state="x" * 1_000_000)))
    assert sum(feeds.complain.counts.values()) == 1
    assert max(len(what) for what in feeds.complain.counts) <= 200


def test_a_book_is_told_in_base_coin_where_it_is_read() -> None:
    """Five levels in contracts become base coin; without pairs the channel is not known."""
    row = {"instId": SWAP, "ts": str(TS_MS), "seqId": 5, "asks": [["101", "50", "0", "2"]]}
    row |= {"bids": [["99", "25", "0", "1"], ["98", "100", "0", "1"]]}
    feeds = Feeds()
    assert feeds.prices("books5", row) is None
    told = (feeds.events.append, feeds.complain, feeds._hour)
    feeds.public = PublicFeed(["BTCUSDT"], "USDT", *told, btc_contracts(), reads_depth=True)
    assert feeds.prices("books5", row) == f"books5.{SWAP}"
    assert f"books5.{SWAP}" in feeds.public.topics
    quote = feeds.of(QuoteSeen)[-1].quote
    assert quote.bids == ((99, Decimal("0.25")), (98, 1))
    assert quote.asks == ((101, Decimal("0.5")),)
    feeds.prices("tickers", TICKER)
    assert feeds.of(QuoteSeen)[-1].quote.ts_depth_us == quote.ts_depth_us
    feeds.public = PublicFeed(["BTCUSDT"], "USDT", *told, Contracts(), reads_depth=True)
    feeds.prices("books5", row)
    unread = feeds.of(QuoteSeen)[-1].quote
    assert (unread.bids, unread.ts_depth_us) == ((), None)
