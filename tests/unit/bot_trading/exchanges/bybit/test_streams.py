"""Frames to events, one by one."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.account import Balance
from bot_trading.domain.instrument import InstrumentId, PositionIdx
from bot_trading.domain.market import Quote
from bot_trading.domain.messages import Event, UnsupportedSeen
from bot_trading.domain.reports import (
    BalanceReport,
    CandleClosed,
    FillReport,
    LegReport,
    OrderReport,
    QuoteSeen,
)
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials
from bot_trading.exchanges.bybit.known import KnownOrders
from bot_trading.exchanges.bybit.rest import SignedRest
from bot_trading.exchanges.bybit.streams import PrivateFeed, PublicFeed, interval_word
from bot_trading.exchanges.unsupported import UnsupportedCounter
from tests.builders.bybit_frames import (
    TS_MS,
    execution_row,
    frame,
    kline_row,
    order_row,
    position_row,
    wallet_row,
)


class Feeds:
    """Both feeds with what they published."""

    def __init__(self) -> None:
        config = BybitConfig(rest_url="http://x", ws_public_url="", ws_private_url="")
        rest = SignedRest(config, Credentials(api_key="k", api_secret="s"))
        self.events: list[Event] = []
        self.known = KnownOrders()
        complain = UnsupportedCounter("bybit")
        complain.publish = self.events.append
        self.public = PublicFeed(["BTCUSDT", "ETHUSDT"], 300, self.events.append, complain)
        self.private = PrivateFeed(rest, self.known, "USDT", self.events.append, complain)

    def complaints(self) -> list[str]:
        """What was not understood."""
        return [event.what for event in self.events if isinstance(event, UnsupportedSeen)]


@pytest.fixture
async def feeds() -> Feeds:
    """Fresh feeds inside a running loop."""
    return Feeds()


def ticker(kind: str, **data: Any) -> bytes:
    """A tickers frame."""
    message = {"topic": "tickers.BTCUSDT", "type": kind, "ts": TS_MS}
    return json.dumps(message | {"data": {"symbol": "BTCUSDT", **data}}).encode()


def quote_of(event: Event) -> Quote:
    """The quote of an event that must be one."""
    assert isinstance(event, QuoteSeen)
    return event.quote


def test_a_closed_candle_is_published_and_an_open_one_is_not(feeds: Feeds) -> None:
    """Only `confirm` tells that a candle is closed."""
    topic = "kline.5.ETHUSDT"
    assert feeds.public.on_frame(frame(topic, kline_row(confirm=False))) == topic
    assert feeds.events == []
    assert feeds.public.on_frame(frame(topic, kline_row())) == topic
    (event,) = feeds.events
    assert isinstance(event, CandleClosed)
    assert event.candle.instrument_id == InstrumentId("bybit", "ETHUSDT")
    assert (event.candle.open_us, event.candle.interval_s) == (TS_MS * 1000, 300)
    assert (event.candle.high, event.candle.volume) == (Decimal(101), Decimal("12.5"))


@pytest.mark.parametrize(
    "changes", [{"end": TS_MS + 59_999}, {"high": "1"}, {"open": "NaN"}, {"confirm": "maybe"}]
)
def test_impossible_candles_are_counted_and_left_out(feeds: Feeds, changes: dict[str, Any]) -> None:
    """Of another length, or with values that no market makes: no data, but a complaint."""
    assert feeds.public.on_frame(frame("kline.5.BTCUSDT", kline_row(**changes))) is None
    assert len(feeds.complaints()) == len(feeds.events) == 1


def test_a_delta_changes_only_what_it_names(feeds: Feeds) -> None:
    """A missing field has not changed."""
    feeds.public.on_frame(
        ticker("snapshot", lastPrice="100", markPrice="101", bid1Price="99", ask1Price="102")
    )
    feeds.public.on_frame(ticker("delta", markPrice="101.5", ask1Price=""))
    quote = quote_of(feeds.events[1])
    assert (quote.last, quote.mark, quote.bid, quote.ask) == (
        Decimal(100),
        Decimal("101.5"),
        Decimal(99),
        None,
    )
    assert quote.ts_event_us == TS_MS * 1000


def test_sizes_at_the_best_prices_follow_their_own_fields(feeds: Feeds) -> None:
    """A delta of one side leaves the other."""
    feeds.public.on_frame(ticker("snapshot", lastPrice="100", bid1Size="3", ask1Size="0.5"))
    feeds.public.on_frame(ticker("delta", ask1Size="0.7"))
    feeds.public.on_frame(ticker("delta", bid1Size=""))
    sizes = [(quote_of(each).bid_qty, quote_of(each).ask_qty) for each in feeds.events]
    half, more = Decimal("0.5"), Decimal("0.7")
    assert sizes == [(Decimal(3), half), (Decimal(3), more), (None, more)]


def test_the_next_funding_is_told_with_the_prices(feeds: Feeds) -> None:
    """A rate may be below zero, stays until another is told, and an empty one is none."""
    told = {"fundingRate": "-0.0001", "nextFundingTime": str(TS_MS)}
    feeds.public.on_frame(ticker("snapshot", lastPrice="100", **told))
    feeds.public.on_frame(ticker("delta", lastPrice="101"))
    feeds.public.on_frame(ticker("delta", fundingRate="", nextFundingTime="0"))
    seen = [(quote_of(e).funding_rate, quote_of(e).ts_funding_us) for e in feeds.events]
    known = (Decimal("-0.0001"), TS_MS * 1000)
    assert seen == [known, known, (None, None)]


def test_a_snapshot_forgets_what_was_before(feeds: Feeds) -> None:
    """After a reconnect nothing old survives in a price."""
    feeds.public.on_frame(ticker("snapshot", lastPrice="100", markPrice="101"))
    feeds.public.on_frame(ticker("snapshot", lastPrice="90"))
    assert quote_of(feeds.events[1]).mark is None


def test_a_delta_without_a_snapshot_knows_only_itself(feeds: Feeds) -> None:
    """Parts that were never told are None."""
    feeds.public.on_frame(ticker("delta", markPrice="101"))
    quote = quote_of(feeds.events[0])
    assert (quote.last, quote.mark) == (None, Decimal(101))


@pytest.mark.parametrize(
    "data", [{"lastPrice": "-1"}, {"lastPrice": "x"}, {"symbol": "ETHUSDT"}, {"lastPrice": 5}]
)
def test_senseless_prices_change_nothing(feeds: Feeds, data: dict[str, Any]) -> None:
    """A bad ticker is counted and the price before it stays."""
    feeds.public.on_frame(ticker("snapshot", lastPrice="100"))
    assert feeds.public.on_frame(ticker("delta", **data)) is None
    feeds.public.on_frame(ticker("delta", markPrice="101"))
    assert quote_of(feeds.events[-1]).last == 100
    assert len(feeds.complaints()) == 1


def test_topics_that_were_not_subscribed_are_counted(feeds: Feeds) -> None:
    """They prove that the socket lives, and nothing more."""
    assert feeds.public.on_frame(frame("kline.1.BTCUSDT", kline_row())) is not None
    assert feeds.private.on_frame(frame("dcp.future")) == "dcp.future"
    assert len(feeds.complaints()) == 2


def test_an_order_teaches_the_leg_of_its_executions(feeds: Feeds) -> None:
    """Executions do not name their leg; the order that came before does."""
    row = execution_row(orderLinkId="", closedSize="0.004", side="Sell")
    feeds.private.on_frame(frame("execution", row))
    feeds.private.on_frame(frame("order", order_row(orderLinkId="", positionIdx=2)))
    feeds.private.on_frame(frame("execution", row | {"execId": "exec-2"}))
    first, report, second = feeds.events
    assert isinstance(first, FillReport)
    assert isinstance(report, OrderReport)
    assert isinstance(second, FillReport)
    assert first.position_idx is None
    assert first.closed_qty == Decimal("0.004")
    assert second.position_idx is PositionIdx.SHORT


def test_several_fills_share_a_message(feeds: Feeds) -> None:
    """Each is published, in the order of the message."""
    feeds.private.on_frame(frame("execution", execution_row(), execution_row(execId="exec-2")))
    assert [getattr(event, "trade_id", "") for event in feeds.events] == ["exec-1", "exec-2"]


def test_one_bad_row_takes_no_good_one_with_it(feeds: Feeds) -> None:
    """The rows around a malformed one are published."""
    bad = execution_row(execQty="many")
    feeds.private.on_frame(frame("execution", execution_row(), bad, execution_row(execId="exec-3")))
    fills = [event.trade_id for event in feeds.events if isinstance(event, FillReport)]
    assert fills == ["exec-1", "exec-3"]
    assert len(feeds.complaints()) == 1


def test_legs_and_money_are_published(feeds: Feeds) -> None:
    """A closed leg arrives with its index, and the wallet with its time."""
    feeds.private.on_frame(frame("position", position_row(side="", size="0", entryPrice="0")))
    feeds.private.on_frame(frame("wallet", wallet_row()))
    leg, money = feeds.events
    assert isinstance(leg, LegReport)
    assert leg.quantity == 0
    assert leg.leg_id.position_idx is PositionIdx.LONG
    assert isinstance(money, BalanceReport)
    assert money.balance == Balance(
        exchange="bybit",
        coin="USDT",
        equity=Decimal("1001.5"),
        wallet_balance=Decimal(1000),
        available=Decimal("900.25"),
        ts_event_us=TS_MS * 1000,
    )


def test_other_categories_are_not_ours(feeds: Feeds) -> None:
    """An option's order is counted and not reported."""
    feeds.private.on_frame(frame("order", order_row(category="option")))
    assert feeds.complaints() == ["a message of category 'option'"]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"17",
        b'{"topic":5}',
        b'{"topic":"order"}',
        b'{"topic":"order","data":{}}',
        b'{"topic":"order","data":[null,5,"x",[]]}',
        b'{"topic":"wallet","data":[{"coin":5}]}',
        b'{"topic":"tickers.BTCUSDT","data":[]}',
        b'{"topic":"kline.5.BTCUSDT","data":{}}',
        b'{"topic":"execution","data":[{"execId":""}]}',
    ],
)
def test_frames_that_mean_nothing_are_counted_and_never_fatal(feeds: Feeds, payload: bytes) -> None:
    """Truncated, wrongly typed, empty: counted on both streams, nothing else published."""
    feeds.public.on_frame(payload)
    feeds.private.on_frame(payload)
    assert feeds.events
    assert len(feeds.complaints()) == len(feeds.events)


def test_answers_to_operations_are_no_data(feeds: Feeds) -> None:
    """Acknowledgements and pongs pass without a word."""
    for payload in (
        b'{"success":true,"ret_msg":"","conn_id":"c","op":"subscribe"}',
        b'{"success":true,"ret_msg":"pong","conn_id":"c","req_id":"","op":"ping"}',
        b'{"op":"pong","args":["1675418560633"],"conn_id":"c"}',
    ):
        assert feeds.public.on_frame(payload) is None
        assert feeds.private.on_frame(payload) is None
    assert feeds.events == []


def test_candle_lengths_have_words() -> None:
    """Bybit's own lengths only; any other is refused by name."""
    assert [interval_word(seconds) for seconds in (60, 300, 3600, 86_400)] == ["1", "5", "60", "D"]
    with pytest.raises(ValueError, match="no candles of 7 s"):
        interval_word(7)


QUOTED = ticker("snapshot", lastPrice="100", markPrice="101", bid1Price="99", ask1Price="102")
GOOD = [
    ("public", QUOTED),
    ("public", frame("kline.5.BTCUSDT", kline_row())),
    ("private", frame("order", order_row())),
    ("private", frame("execution", execution_row())),
    ("private", frame("position", position_row())),
    ("private", frame("wallet", wallet_row())),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


def possible(event: Event) -> bool:
    """Whether an event says nothing that no market and no account can be."""
    if isinstance(event, QuoteSeen):
        prices = (event.quote.last, event.quote.mark, event.quote.bid, event.quote.ask)
        return all(price is None or price > 0 for price in prices)
    if isinstance(event, CandleClosed):
        return event.candle.problem() is None
    if isinstance(event, FillReport):
        return event.last_qty > 0 and event.last_px > 0 and event.commission.is_finite()
    if isinstance(event, OrderReport | LegReport):
        return event.quantity >= 0 and event.quantity.is_finite()
    if isinstance(event, BalanceReport):
        return event.balance.equity.is_finite() and event.balance.wallet_balance.is_finite()
    return isinstance(event, UnsupportedSeen)


@given(st.binary(max_size=200), st.sampled_from(["public", "private"]))
def test_any_bytes_are_survived(payload: bytes, name: str) -> None:
    """No bytes end a stream, and what is no message becomes nothing but a complaint."""
    feeds = Feeds()
    getattr(feeds, name).on_frame(payload)
    assert len(feeds.complaints()) == len(feeds.events)


@given(st.sampled_from(GOOD), st.data())
def test_broken_bytes_are_never_fatal(good: tuple[str, bytes], data: st.DataObject) -> None:
    """Cut short, overwritten or doubled: understood or counted, never anything else."""
    name, payload = good
    cut = data.draw(st.integers(0, len(payload)))
    middle = data.draw(st.binary(max_size=5))
    skip = data.draw(st.integers(0, 10))
    feeds = Feeds()
    getattr(feeds, name).on_frame(payload[:cut] + middle + payload[cut + skip :])
    assert all(possible(event) for event in feeds.events)


@given(st.sampled_from(GOOD), st.data())
def test_wrong_types_are_never_fatal(good: tuple[str, bytes], data: st.DataObject) -> None:
    """Any value may stand in any field: money and prices that come out are finite and possible."""
    name, payload = good
    message: dict[str, Any] = json.loads(payload)
    row = message["data"] if isinstance(message["data"], dict) else message["data"][0]
    row[data.draw(st.sampled_from(sorted(row)))] = data.draw(JSON)
    feeds = Feeds()
    getattr(feeds, name).on_frame(json.dumps(message).encode())
    assert all(possible(event) for event in feeds.events)


@given(JSON, st.sampled_from(["public", "private"]))
def test_any_json_is_never_fatal(value: Any, name: str) -> None:
    """Whatever the other side says, the stream goes on."""
    feeds = Feeds()
    assert getattr(feeds, name).on_frame(json.dumps(value).encode()) is None
    assert len(feeds.complaints()) == len(feeds.events)
