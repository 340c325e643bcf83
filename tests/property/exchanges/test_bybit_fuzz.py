"""Whatever arrives on the wire: counted and reported, never fatal, never a plausible value."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.messages import Event, UnsupportedSeen
from bot_trading.domain.order import OrderStatus
from bot_trading.domain.reports import (
    BalanceReport,
    CandleClosed,
    FillReport,
    FundingReport,
    LegReport,
    OrderReport,
    QuoteSeen,
)
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.bybit import wire
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials
from bot_trading.exchanges.bybit.known import KnownOrders
from bot_trading.exchanges.bybit.rest import SignedRest
from bot_trading.exchanges.bybit.streams import PrivateFeed, PublicFeed
from bot_trading.exchanges.figures import number
from bot_trading.exchanges.unsupported import UnsupportedCounter
from tests.builders.bybit_frames import (
    execution_row,
    frame,
    kline_row,
    order_row,
    position_row,
    wallet_row,
)

TICKER = {
    "topic": "tickers.BTCUSDT",
    "type": "snapshot",
    "ts": 1_795_000_000_000,
    "data": {"symbol": "BTCUSDT", "lastPrice": "100", "bid1Price": "99", "ask1Price": ""},
}
FRAMES = [
    frame("order", order_row()),
    frame("execution", execution_row(), execution_row(execType="Funding", execId="f")),
    frame("position", position_row()),
    frame("wallet", wallet_row()),
    frame("kline.5.BTCUSDT", kline_row()),
    json.dumps(TICKER).encode(),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
WORDS = st.sampled_from(
    [
        "",
        "0",
        "-1",
        "NaN",
        "Infinity",
        "1e400",
        "0x10",
        "１",
        "Buy",
        "true",
        " 1",
        "1_000",
        "9" * 60,
    ]
)
MONEY: dict[type, Callable[[Any], list[Decimal | None]]] = {
    OrderReport: lambda event: [event.quantity, event.filled_qty, event.avg_px, event.price],
    FillReport: lambda event: [event.last_qty, event.last_px, event.closed_qty],
    LegReport: lambda event: [event.quantity, event.avg_px, event.stop_loss, event.take_profit],
    QuoteSeen: lambda event: [
        event.quote.last,
        event.quote.mark,
        event.quote.bid,
        event.quote.ask,
    ],
    CandleClosed: lambda event: [event.candle.low, event.candle.volume],
    FundingReport: lambda event: [abs(event.amount)],
    BalanceReport: lambda event: [abs(event.balance.equity)],
    UnsupportedSeen: lambda event: [],
}


def say(payload: bytes) -> list[Event]:
    """Hand a frame to both feeds; what they published."""
    config = BybitConfig(rest_url="http://x", ws_public_url="", ws_private_url="")
    rest = SignedRest(config, Credentials(api_key="k", api_secret="s"))
    events: list[Event] = []
    complain = UnsupportedCounter("bybit")
    complain.publish = events.append
    PublicFeed(["BTCUSDT"], 300, events.append, complain).on_frame(payload)
    PrivateFeed(rest, KnownOrders(), "USDT", events.append, complain).on_frame(payload)
    return events


def check(events: list[Event]) -> None:
    """Only known kinds of events, all numbers finite and not negative, all enums members."""
    for event in events:
        for value in MONEY[type(event)](event):
            assert value is None or (value.is_finite() and value >= 0)
        if isinstance(event, OrderReport):
            assert event.status is None or event.status in OrderStatus
            assert event.quantity.is_finite()


@given(st.binary(max_size=200))
def test_any_bytes(payload: bytes) -> None:
    """Noise is never fatal, and says nothing but that it was seen."""
    events = say(payload)
    check(events)
    assert all(isinstance(event, UnsupportedSeen) for event in events)


@given(st.sampled_from(FRAMES), st.data())
@settings(max_examples=300)
def test_damaged_bytes_of_real_frames(payload: bytes, data: st.DataObject) -> None:
    """A frame with bytes flipped, cut off or doubled."""
    damaged = bytearray(payload)
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, len(damaged) - 1))
        damaged[where] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(damaged)))
    check(say(bytes(damaged)))
    check(say(bytes(damaged[:end])))
    check(say(bytes(damaged + damaged[end:])))


@given(st.sampled_from(FRAMES), JSON | WORDS, st.data())
@settings(max_examples=300)
def test_values_of_a_wrong_type(payload: bytes, value: object, data: st.DataObject) -> None:
    """Any field of any row replaced by anything at all."""
    message = json.loads(payload)
    rows = message["data"] if isinstance(message["data"], list) else [message["data"]]
    row = data.draw(st.sampled_from(rows))
    row[data.draw(st.sampled_from(sorted(row)))] = value
    check(say(json.dumps(message).encode()))


@given(st.sampled_from(FRAMES), st.data())
def test_missing_fields(payload: bytes, data: st.DataObject) -> None:
    """Any field of any row left out."""
    message = json.loads(payload)
    rows = message["data"] if isinstance(message["data"], list) else [message["data"]]
    row = data.draw(st.sampled_from(rows))
    del row[data.draw(st.sampled_from(sorted(row)))]
    check(say(json.dumps(message).encode()))


@given(JSON)
def test_any_json_as_an_envelope(value: object) -> None:
    """A REST body of any JSON is an envelope or malformed, nothing else."""
    try:
        envelope = wire.decode(wire.decode_envelope, json.dumps(value).encode(), "an answer")
    except MalformedMessage:
        return
    assert isinstance(envelope.ret_code, int)


@given(st.text(max_size=40) | WORDS)
def test_only_finite_decimal_text_is_a_number(text: str) -> None:
    """What is accepted is ASCII, finite, and the very number that was written."""
    try:
        value = number(text, "x")
    except MalformedMessage:
        return
    assert text.isascii()
    assert value.is_finite()
    assert value == Decimal(text)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-1e12, max_value=1e12)
)
def test_every_plain_number_is_understood(value: Decimal) -> None:
    """Nothing that an exchange writes as a plain decimal is lost or changed."""
    assert number(format(value, "f"), "x") == value
