"""Reading a recording: commands with their answers, sockets, what was held, and faults."""

from __future__ import annotations

from typing import Any

import pytest

from readiness.wire.traffic import kept_events, read_traffic
from readiness.wire.words import Fate
from tests.unit.readiness.wire.recordings import (
    DATA,
    KEY,
    PRIVATE,
    PUBLIC,
    S,
    closed,
    frame,
    opened,
    order,
    reads,
    request,
    sane_session,
    truth,
)

EXCHANGES = ("bybit", "binance", "okx")


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_the_same_session_reads_the_same_in_every_language(exchange: str) -> None:
    """Kinds, legs, sides, names and fates do not depend on whose words were spoken."""
    traffic = read_traffic(sane_session(exchange), exchange)
    assert [(one.kind, one.leg, one.name or "-") for one in traffic.commands] == [
        *(("stop", "long", "-"), ("create", "long", "ent1"), ("create", "long", "tar1")),
        *(("create", "short", "ent2"), ("stop", "short", "-"), ("create", "short", "tar2")),
        *(("stop", "long", "-"), ("create", "long", "ent3")),
    ]
    assert [one.name for one in traffic.commands if one.enters] == ["ent1", "ent2", "ent3"]
    assert {one.symbol for one in traffic.commands} == {"BTCUSDT"}
    assert {one.fate for one in traffic.commands} == {Fate.ACCEPTED}
    told = [sorted(one.reads) for one in traffic.requests if one.reads]
    assert told == [["positions"], ["orders"]] * 2
    assert [(one.role, one.is_again) for one in traffic.sockets] == [
        *(("public", False), ("private", False)),
    ]
    assert all(one.subscribed_us is not None for one in traffic.sockets)
    assert len(traffic.data_us) == 58
    assert traffic.ended_us == 60 * S


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_lost_answer_is_no_answer(exchange: str) -> None:
    """What the exchange said is not what the bot heard."""
    sent = order(exchange, 1, "long", "buy", "a", "1")
    lost = {**sent, "reply": {**sent["reply"], "lost": True}}
    (command,) = read_traffic([lost], exchange).commands
    assert command.fate is Fate.UNKNOWN


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_other_exchanges_are_left_out(exchange: str) -> None:
    """A recording may hold several; each is read by itself."""
    events = [event for name in EXCHANGES for event in sane_session(name)]
    alone = read_traffic(sane_session(exchange), exchange)
    assert read_traffic(events, exchange) == alone


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_socket_is_there_again_when_one_was_closed(exchange: str) -> None:
    """A second socket beside the first is not the first one again."""
    path = PUBLIC[exchange]
    beside = [opened(exchange, 1, "a", path), opened(exchange, 2, "b", path)]
    after = [closed(exchange, 3, "a"), opened(exchange, 4, "c", path)]
    more = [opened(exchange, 5, "d", path)]
    sockets = read_traffic([*beside, *after, *more], exchange).sockets
    assert [one.is_again for one in sockets] == [False, False, True, False]


def test_okx_hears_a_subscription_after_the_login_only() -> None:
    """Before it the exchange refuses a private channel."""
    said = {"op": "subscribe", "args": []}
    opening = opened("okx", 1, "a", PRIVATE["okx"])
    (socket,) = read_traffic([opening, frame("okx", 2, "in", "a", said)], "okx").sockets
    assert socket.subscribed_us is None
    login = frame("okx", 2, "in", "a", {"op": "login"})
    again = [opening, login, frame("okx", 3, "in", "a", said)]
    assert read_traffic(again, "okx").sockets[0].subscribed_us == 3 * S


@pytest.mark.parametrize(
    "path", [f"/ws/{KEY}", f"/private/ws?listenKey={KEY}", f"/ws?listenKey={KEY}"]
)
def test_a_listen_key_in_the_address_is_login_and_subscription(path: str) -> None:
    """However Binance's address carries it."""
    (socket,) = read_traffic([opened("binance", 1, "a", path)], "binance").sockets
    assert (socket.role, socket.subscribed_us) == ("private", S)


def test_frames_meet_their_answers_by_socket_and_number() -> None:
    """An answer on another socket, or to another number, is not this order's."""
    sent = {"reqId": "7", "op": "order.create", "args": [{"symbol": "BTCUSDT"}]}
    answer = {"reqId": "7", "op": "order.create", "retCode": 110007}
    traffic = read_traffic(
        [
            frame("bybit", 1, "in", "a", sent),
            frame("bybit", 2, "in", "b", sent),
            frame("bybit", 3, "out", "b", answer),
            frame("bybit", 4, "out", "a", {**answer, "reqId": "8"}),
        ]
    )
    assert [one.fate for one in traffic.commands] == [Fate.UNKNOWN, Fate.REFUSED]


ANSWERS: list[tuple[str, Any, Any]] = [
    (
        "binance",
        {"id": "1", "method": "order.place", "params": {"symbol": "BTCUSDT"}},
        {"id": "1", "status": 200, "result": {"orderId": 1}},
    ),
    (
        "okx",
        {"id": "1", "op": "order", "args": [{"instId": "BTC-USDT-SWAP"}]},
        {"id": "1", "op": "order", "code": "0", "data": [{"sCode": "0"}]},
    ),
]


@pytest.mark.parametrize(("exchange", "sent", "answer"), ANSWERS)
def test_order_sockets_speak_the_same_words(exchange: str, sent: Any, answer: Any) -> None:
    """An order by frame is a command like one by request."""
    events = [frame(exchange, 1, "in", "a", sent), frame(exchange, 2, "out", "a", answer)]
    (command,) = read_traffic(events, exchange).commands
    assert (command.kind, command.symbol, command.fate) == ("create", "BTCUSDT", Fate.ACCEPTED)


def test_the_same_thing_asked_again_is_known_by_its_shape() -> None:
    """An order by what it wants, a read by its question; ids and times change each time."""
    twice = [order("okx", at, "long", "buy", name, "1") for at, name in ((1, "a"), (2, "b"))]
    one, two = read_traffic(twice, "okx").requests
    assert one.what == two.what
    target = "/fapi/v3/positionRisk?symbol=BTCUSDT&timestamp={}&signature="
    asked = [request("binance", at, "GET", target.format(at)) for at in (1, 2)]
    one, two = read_traffic(asked, "binance").requests
    assert one.what == two.what == "symbol=BTCUSDT"


def test_a_read_knows_the_one_order_that_it_is_about() -> None:
    """By the client's id or the exchange's; a list is about none."""
    asked = [
        request("bybit", 1, "GET", "/v5/order/realtime?category=linear&orderLinkId=a"),
        request("bybit", 2, "GET", "/v5/order/realtime?category=linear"),
    ]
    assert [one.about for one in read_traffic(asked).requests] == ["a", ""]


def test_what_was_held_and_rested_is_read() -> None:
    """Legs with what covers them, and orders, from the witness's rows."""
    row = {"id": "1", "name": "n", "symbol": "X", "leg": "long", "side": "sell", "closes": True}
    events = [truth("okx", 2, ("BTCUSDT", "long", "0.4", "0.1"), orders=[row]), truth("okx", 1)]
    first, second = read_traffic(events, "okx").states
    assert (first.legs, first.orders) == ((), ())
    assert str(second.legs[0].covered) == "0.1"
    assert second.orders[0].closes


def test_faults_that_struck_are_known_with_their_time() -> None:
    """Each kind by its name; a fault of sockets that struck none does not count."""
    hits = [
        {"fault": "F1", "wall_ms": 1, "what": "x"},
        {"fault": "F1", "wall_ms": 2, "what": "x"},
        {"fault": "F7", "wall_ms": 3, "what": "0 sockets cut"},
    ]
    event = {"exchange": "bybit", "kind": "faults", "wall_us": 12, "hits": hits}
    assert dict(read_traffic([event]).hits) == {"F1": (1_000, 2_000)}


def test_refused_handshakes_are_kept_by_role() -> None:
    """Nothing else would be left of them."""
    rows = [
        {"exchange": "okx", "kind": "refused", "wall_us": at, "path": PRIVATE["okx"]}
        for at in (1, 2)
    ]
    assert dict(read_traffic(rows, "okx").refused_us) == {"private": (1, 2)}


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_of_market_data_a_frame_a_second_is_kept(exchange: str) -> None:
    """Everything else stays, in its order."""
    opening = opened(exchange, 1, "public", PUBLIC[exchange])
    data = [frame(exchange, 2 + n / 10, "out", "public", DATA[exchange]) for n in range(20)]
    others = [frame(exchange, 4, "out", "private", "{}"), *reads(exchange, 4)]
    kept = kept_events([opening, *data, *others])
    assert kept == [opening, data[0], data[10], *others]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_what_is_no_json_or_of_another_shape_is_left_out(exchange: str) -> None:
    """A bot may send anything: nothing of it ends the judge."""
    path = {"bybit": "/v5/order/create-batch", "binance": "/fapi/v1/batchOrders"}
    strange = [
        request(exchange, 1, "POST", path.get(exchange, "/api/v5/trade/batch-orders"), body)
        for body in ("no json", {"request": ["x", 3]}, [1, 2], "batchOrders=[3]", "null")
    ]
    words = {"bybit": "order.create", "binance": "order.place", "okx": "order"}
    for told in (["op"], {"op": words[exchange], "args": "x"}, {"method": words[exchange]}, "["):
        strange.append(frame(exchange, 2, "in", "s", told))
        strange.append(frame(exchange, 2, "out", "s", told))
    answers = [request(exchange, 3, "GET", "/x", reply=reply) for reply in ("", "[]", "<html>", 3)]
    raw = {"exchange": exchange, "kind": "in", "wall_us": 1, "socket": "s"}
    base64 = {**raw, "frame": {"base64": "AA=="}}
    traffic = read_traffic([*strange, *answers, base64], exchange)
    assert {one.leg for one in traffic.commands} <= {""}
    assert len(traffic.requests) == 9


PRIVATE_FRAMES: list[tuple[str, Any]] = [
    ("bybit", {"topic": "execution", "data": [{"orderLinkId": "a"}, {"orderLinkId": ""}, {}, 3]}),
    ("binance", {"e": "ORDER_TRADE_UPDATE", "o": {"c": "a"}}),
    ("binance", {"stream": "k", "data": {"e": "TRADE_LITE", "c": "a"}}),
    ("okx", {"arg": {"channel": "orders"}, "data": [{"clOrdId": "a"}, {}, 3]}),
]


@pytest.mark.parametrize(("exchange", "told"), PRIVATE_FRAMES)
def test_the_private_stream_tells_of_orders(exchange: str, told: Any) -> None:
    """The first frame that names an order counts; other channels and shapes do not."""
    other: Any = {"topic": "tickers", "e": "x", "arg": 3, "data": [{"clOrdId": "b"}], "c": "b"}
    events = [
        frame(exchange, at, "out", "p", one) for at, one in ((1, other), (4, told), (5, told))
    ]
    assert dict(read_traffic(events, exchange).streamed) == {"a": 4 * S}
