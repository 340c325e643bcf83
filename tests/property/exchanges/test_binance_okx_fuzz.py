"""Whatever Binance or OKX may send: counted and reported, never fatal, never a plausible value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import Event, UnsupportedSeen
from bot_trading.domain.order import OrderStatus
from bot_trading.domain.reports import (
    BalanceReport,
    CandleClosed,
    FillReport,
    LegReport,
    OrderReport,
    QuoteSeen,
)
from bot_trading.exchanges.binance import streams as binance
from bot_trading.exchanges.binance.book import LegBook
from bot_trading.exchanges.binance.known import KnownOrders
from bot_trading.exchanges.okx import streams as okx
from bot_trading.exchanges.okx.config import Credentials, OkxConfig
from bot_trading.exchanges.okx.known import KnownLegs
from bot_trading.exchanges.okx.rest import SignedRest
from bot_trading.exchanges.ownership import OwnStops
from bot_trading.exchanges.unsupported import UnsupportedCounter
from tests.builders import binance_frames, okx_frames

TS_MS = binance_frames.TS_MS
SWAP = "BTC-USDT-SWAP"
CANDLE = [str(TS_MS - TS_MS % 300_000), "100.5", "101", "99.5", "100", "1250", "12.5", "1250", "1"]
BINANCE_FRAMES = (
    binance_frames.order_event(),
    binance_frames.algo_event(),
    binance_frames.account_event(binance_frames.position_part()),
    binance_frames.kline_event(),
    json.dumps(
        {"e": "markPriceUpdate", "E": TS_MS, "s": "BTCUSDT", "p": "100.2", "T": TS_MS + 9}
    ).encode(),
    json.dumps(
        {"e": "bookTicker", "u": 1, "s": "BTCUSDT", "T": TS_MS, "E": TS_MS}
        | {"b": "99.9", "B": "2.5", "a": "100.1", "A": "0"}
    ).encode(),
)
OKX_FRAMES = (
    okx_frames.frame("orders", okx_frames.order_row()),
    okx_frames.frame("orders", okx_frames.filled()),
    okx_frames.frame("positions", okx_frames.position_row()),
    okx_frames.frame("account", okx_frames.account_row()),
    okx_frames.frame("orders-algo", okx_frames.algo_row()),
    okx_frames.frame("candle5m", CANDLE, arg={"channel": "candle5m", "instId": SWAP}),
    okx_frames.frame(
        "tickers",
        {"instId": SWAP, "last": "100", "bidPx": "99", "askPx": "101", "ts": str(TS_MS)},
        arg={"channel": "tickers", "instId": SWAP},
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
WORDS = st.sampled_from(
    [
        *("", "0", "-1", "NaN", "Infinity", "1e400", "0x10", "\uff11", "true", " 1", "1_000"),
        "9" * 60,
    ]
)
MONEY: dict[type, Callable[[Any], list[Decimal | None]]] = {
    OrderReport: lambda event: [event.quantity, event.filled_qty, event.avg_px, event.price],
    FillReport: lambda event: [event.last_qty, event.last_px, abs(event.commission)],
    LegReport: lambda event: [event.quantity, event.avg_px, event.stop_loss, event.take_profit],
    QuoteSeen: lambda event: [
        *(event.quote.last, event.quote.mark, event.quote.bid, event.quote.ask),
        *(event.quote.bid_qty, event.quote.ask_qty),
    ],
    CandleClosed: lambda event: [event.candle.low, event.candle.volume],
    BalanceReport: lambda event: [abs(event.balance.equity)],
    UnsupportedSeen: lambda event: [],
}


def _say_binance(payload: bytes) -> list[Event]:
    events: list[Event] = []
    complain = UnsupportedCounter("binance")
    complain.publish = events.append
    legs: list[LegId] = []
    binance.PrivateFeed(
        *(LegBook(), KnownOrders(), "USDT", events.append, complain, legs.extend),
        lambda _ms, _is_funding: None,
    ).on_frame(payload)
    binance.PublicFeed(["BTCUSDT"], 300, events.append, complain).on_frame(payload)
    return events


def _say_okx(payload: bytes) -> list[Event]:
    events: list[Event] = []
    complain = UnsupportedCounter("okx")
    complain.publish = events.append
    config = OkxConfig(rest_url="http://x", ws_public_url="", ws_private_url="", ws_business_url="")
    rest = SignedRest(config, Credentials(api_key="k", api_secret="s", passphrase="p"))
    contracts = okx_frames.btc_contracts()
    parts = (config, rest, contracts, KnownLegs(OwnStops("sl000000")), events.append, complain)
    told = (events.append, complain, lambda: None)
    okx.PublicFeed(["BTCUSDT"], "USDT", *told, contracts).on_frame(payload)
    okx.BusinessFeed(["BTCUSDT"], 300, *parts).on_frame(payload)
    okx.PrivateFeed(*parts, lambda: None).on_frame(payload)
    return events


@dataclass(frozen=True, slots=True)
class Speaker:
    """An exchange's streams, and frames that they understand."""

    name: str
    say: Callable[[bytes], list[Event]]
    frames: tuple[bytes, ...]


each_speaker = pytest.mark.parametrize(
    "speaker",
    [Speaker("binance", _say_binance, BINANCE_FRAMES), Speaker("okx", _say_okx, OKX_FRAMES)],
    ids=lambda speaker: speaker.name,
)


def check(events: Sequence[Event]) -> None:
    """Only known kinds of events, all numbers finite and not negative, all enums members."""
    for event in events:
        for value in MONEY[type(event)](event):
            assert value is None or (value.is_finite() and value >= 0)
        if isinstance(event, OrderReport):
            assert event.status is None or event.status in OrderStatus


def _objects(value: object) -> Iterator[dict[str, Any]]:
    """Every object of a message that has fields, at any depth."""
    if isinstance(value, dict):
        if value:
            yield value
        for each in value.values():
            yield from _objects(each)
    if isinstance(value, list):
        for each in value:
            yield from _objects(each)


@each_speaker
def test_every_frame_is_understood_as_it_is(speaker: Speaker) -> None:
    """What is damaged below says something while it is whole."""
    for payload in speaker.frames:
        said = [each for each in speaker.say(payload) if not isinstance(each, UnsupportedSeen)]
        assert said or b"algo" in payload or b"ALGO" in payload
        check(said)


@each_speaker
@given(payload=st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes(speaker: Speaker, payload: bytes) -> None:
    """Noise is never fatal, and says nothing but that it was seen."""
    assert all(isinstance(event, UnsupportedSeen) for event in speaker.say(payload))


@each_speaker
@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_damaged_bytes_of_real_frames(speaker: Speaker, data: st.DataObject) -> None:
    """A frame with bytes flipped, cut off, doubled, or blown up beyond any size."""
    damaged = bytearray(data.draw(st.sampled_from(speaker.frames)))
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, len(damaged) - 1))
        damaged[where] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(damaged)))
    check(speaker.say(bytes(damaged)))
    check(speaker.say(bytes(damaged[:end])))
    check(speaker.say(bytes(damaged + damaged[end:])))
    check(speaker.say(bytes(damaged[:end] + b" " * 300_000 + damaged[end:])))


@each_speaker
@given(value=JSON | WORDS, data=st.data())
@settings(max_examples=120, deadline=None)
def test_values_of_a_wrong_type(speaker: Speaker, value: object, data: st.DataObject) -> None:
    """Any field at any depth replaced by anything at all, or left out."""
    message = json.loads(data.draw(st.sampled_from(speaker.frames)))
    row = data.draw(st.sampled_from(list(_objects(message))))
    name = data.draw(st.sampled_from(sorted(row)))
    row[name] = value
    check(speaker.say(json.dumps(message).encode()))
    del row[name]
    check(speaker.say(json.dumps(message).encode()))


@each_speaker
@given(value=JSON)
@settings(deadline=None)
def test_any_json_as_a_message(speaker: Speaker, value: object) -> None:
    """Of any shape: nothing is read out of it."""
    assert all(
        isinstance(event, UnsupportedSeen) for event in speaker.say(json.dumps(value).encode())
    )
