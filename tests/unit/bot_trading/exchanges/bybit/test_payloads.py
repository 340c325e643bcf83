"""Every payload example of the vendor's documentation, where a developer's machine has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from bot_trading.domain.messages import Event, UnsupportedSeen
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.bybit import wire
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials
from bot_trading.exchanges.bybit.known import KnownOrders
from bot_trading.exchanges.bybit.rest import SignedRest
from bot_trading.exchanges.bybit.streams import PrivateFeed, PublicFeed
from bot_trading.exchanges.unsupported import UnsupportedCounter

FOLDER = Path(__file__).resolve().parents[5] / "../shared/data/payloads/bybit"
FILES = sorted(path.name for path in FOLDER.glob("[!_]*.json"))
READ_AS: dict[str, Callable[[Raw], object]] = {
    "order__open-order": wire.decode_order,
    "order__order-list": wire.decode_order,
    "order__execution": wire.decode_execution,
    "position__position__": wire.decode_position,
    "account__wallet-balance": wire.decode_wallet,
    "market__instrument__0_0": wire.decode_instrument,
    "market__kline": wire.decode_texts,
}
TOLD = {
    "websocket__private__execution__1_0.json": "FillReport",
    "websocket__private__position__1_0.json": "LegReport",
    "websocket__public__ticker__0_0.json": "QuoteSeen",
}

needs_payloads = pytest.mark.skipif(
    not FILES, reason="the vendor's payload examples are not beside this checkout (../shared)"
)


def load(name: str) -> Any:
    """The JSON of one example."""
    return json.loads((FOLDER / name).read_text("utf-8"))


@needs_payloads
@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("websocket")])
def test_stream_examples_are_understood_or_counted(name: str) -> None:
    """No example is fatal, none is malformed, and the ones that concern us become events."""
    events: list[Event] = []
    complain = UnsupportedCounter("bybit")
    complain.publish = events.append
    config = BybitConfig(rest_url="http://x", ws_public_url="", ws_private_url="")
    rest = SignedRest(config, Credentials(api_key="k", api_secret="s"))
    private = PrivateFeed(rest, KnownOrders(), "USDT", events.append, complain)
    public = PublicFeed(["BTCUSDT"], 300, events.append, complain)
    feed = private if "private" in name else public
    message = load(name)
    for each in message if isinstance(message, list) else [message]:
        feed.on_frame(json.dumps(each).encode())
    assert not [event for event in events if "malformed" in getattr(event, "what", "")]
    expected = TOLD.get(name)
    kinds = {type(event).__name__ for event in events if not isinstance(event, UnsupportedSeen)}
    assert expected is None or kinds == {expected}


@needs_payloads
@pytest.mark.parametrize("name", [name for name in FILES if name.startswith(tuple(READ_AS))])
def test_rest_rows_are_understood(name: str) -> None:
    """Each row of each list that we read decodes."""
    decoder = next(decode for prefix, decode in READ_AS.items() if name.startswith(prefix))
    envelope = wire.decode_envelope((FOLDER / name).read_bytes())
    assert envelope.ret_code == 0
    rows = wire.decode_page(envelope.result).rows
    assert rows
    for row in rows:
        assert decoder(row)


@needs_payloads
def test_answers_to_orders_name_the_order() -> None:
    """Create, amend and cancel all answer both ids."""
    for kind in ("cancel-order", "amend-order", "create-order"):
        envelope = wire.decode_envelope((FOLDER / f"order__{kind}__0_0.json").read_bytes())
        assert wire.decode_order_ids(envelope.result).order_id


@needs_payloads
def test_the_clock_is_understood() -> None:
    """Nanoseconds as text."""
    envelope = wire.decode_envelope((FOLDER / "market__time__0_0.json").read_bytes())
    assert wire.decode_server_time(envelope.result).time_nano == 1_688_639_403_423_213_947


@needs_payloads
@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("websocket")])
def test_every_rest_example_is_an_envelope(name: str) -> None:
    """Also of endpoints that we do not call; a few examples show requests and have no code."""
    message = load(name)
    if "retCode" in message:
        envelope = wire.decode(wire.decode_envelope, json.dumps(message).encode(), name)
        assert envelope.ret_code == message["retCode"]
    else:
        with pytest.raises(MalformedMessage, match="retCode"):
            wire.decode(wire.decode_envelope, json.dumps(message).encode(), name)
