"""What hostile and careless clients say on WebSockets, and what they hear."""

import json
from itertools import pairwise
from typing import Any

import pytest

from exchange_simulator.connection import Connection
from exchange_simulator.protocols.bybit.auth import sign
from exchange_simulator.protocols.bybit.protocol import Bybit
from exchange_simulator.protocols.bybit.sockets import PRIVATE_TOPICS
from tests.unit.exchange_simulator.builders import (
    MINUTE_US,
    SECRET,
    START_MS,
    Client,
    frames,
    hedger,
    make_bybit,
)

WALK = [str(60_000 + 40 * (number % 7)) for number in range(40)]
ORDER = {
    "category": "linear",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Limit",
    "price": "59000",
    "qty": "0.1",
    "positionIdx": 1,
}


def pass_minutes(bybit: Bybit, minutes: float) -> None:
    """Let time pass."""
    bybit.advance(bybit.exchange.clock.wall_us + int(minutes * MINUTE_US))


def opened(bybit: Bybit, path: str) -> Connection:
    """Open a socket."""
    connection = bybit.connect(path)
    assert connection is not None
    return connection


@pytest.mark.parametrize(
    "path",
    ["/v5/public/spot", "/v5/public", "/v5/privat", "/v5/trade/x", "/", "", "/v5/order/create"],
)
def test_only_known_paths_are_sockets(path: str) -> None:
    """Anything else is no socket."""
    assert make_bybit(WALK)[0].connect(path) is None


def test_a_request_that_fails_subscribes_to_nothing() -> None:
    """Neither the topic subscribed before nor the new ones in front of it send anything."""
    bybit, client = make_bybit(WALK)
    public = opened(bybit, "/v5/public/linear")
    names = ["publicTrade.BTCUSDT", "kline.1.BTCUSDT", "tickers.BTCUSDT"]
    client.say(public, op="subscribe", args=["tickers.BTCUSDT"] * 2)
    assert [frame.get("success", frame.get("type")) for frame in frames(public)] == [
        True,
        "snapshot",
    ]
    client.say(public, op="subscribe", args=names, req_id="r")
    answers = frames(public)
    assert [(answer["success"], answer["req_id"]) for answer in answers] == [(False, "r")]
    assert answers[0]["ret_msg"] == "error:already subscribed,topic:tickers.BTCUSDT"
    pass_minutes(bybit, 2)
    assert {frame["topic"] for frame in frames(public)} == {"tickers.BTCUSDT"}
    client.say(public, op="subscribe", args=names[:2])
    assert [frame["success"] for frame in frames(public)] == [True]


def test_what_was_subscribed_before_survives_a_failed_request() -> None:
    """A later failure takes back only what it had begun itself."""
    bybit, client = make_bybit(WALK)
    public = client.socket("/v5/public/linear", "publicTrade.BTCUSDT")
    client.say(public, op="subscribe", args=["tickers.BTCUSDT", "publicTrade.BTCUSDT"])
    client.say(public, op="subscribe", args=["tickers.BTCUSDT", "tickers.DOGEUSDT"])
    frames(public)
    pass_minutes(bybit, 1)
    assert {frame["topic"] for frame in frames(public)} == {"publicTrade.BTCUSDT"}


@pytest.mark.parametrize(
    "args",
    [None, [], "tickers.BTCUSDT", [1], [["tickers.BTCUSDT"]], {"a": 1}, ["x" * 21_001], [None]],
)
def test_arguments_that_are_no_topics_are_a_parameter_error(args: object) -> None:
    """One failure frame, and the socket lives on."""
    bybit, client = make_bybit(WALK)
    public = opened(bybit, "/v5/public/linear")
    client.say(public, op="subscribe", args=args)
    (answer,) = frames(public)
    assert (answer["success"], answer["op"]) == (False, "subscribe")
    assert not public.closing


@pytest.mark.parametrize(
    "name",
    [
        *(
            "orderbook.2.BTCUSDT",
            "orderbook.BTCUSDT",
            "orderbook.050.BTCUSDT.x",
            "orderbook.-1.BTCUSDT",
        ),
        *("kline.2.BTCUSDT", "kline.1", "kline.1m.BTCUSDT", "kline..BTCUSDT", "kline.d.BTCUSDT"),
        *("tickers", "tickers.btcusdt", "tickers.BTCUSDT.", ".BTCUSDT", "BTCUSDT", "order"),
        *("liquidation.BTCUSDT", "publicTrade.1.BTCUSDT", "system.status", "orderbook.²00.BTCUSDT"),
    ],
)
def test_names_that_are_nearly_topics_are_refused(name: str) -> None:
    """The failure names the topic."""
    bybit, client = make_bybit(WALK)
    public = opened(bybit, "/v5/public/linear")
    client.say(public, op="subscribe", args=[name])
    (answer,) = frames(public)
    assert answer["ret_msg"] == f"error:handler not found,topic:{name}"


@pytest.mark.parametrize("topic", PRIVATE_TOPICS)
def test_private_topics_need_auth_and_acknowledge_without_a_snapshot(topic: str) -> None:
    """Before auth nothing can be heard; afterwards only the acknowledgement comes."""
    bybit, client = make_bybit(WALK)
    private = opened(bybit, "/v5/private")
    client.say(private, op="subscribe", args=[topic])
    assert [answer["success"] for answer in frames(private)] == [False]
    told = client.socket("/v5/private")
    frames(told)
    client.say(told, op="subscribe", args=[topic], req_id=7)
    (answer,) = frames(told)
    assert (answer["success"], answer["req_id"]) == (True, "7")


@pytest.mark.parametrize("pair", [("order", "order.linear"), ("execution.linear", "execution")])
def test_whole_and_categorised_topics_do_not_mix(pair: tuple[str, str]) -> None:
    """Not in one request."""
    _, client = make_bybit(WALK)
    private = client.socket("/v5/private")
    frames(private)
    client.say(private, op="subscribe", args=list(pair))
    assert [answer["success"] for answer in frames(private)] == [False]


def test_a_second_auth_cannot_turn_a_socket_into_somebody_elses() -> None:
    """It is refused, and the socket goes on with its first account only."""
    bybit, client = make_bybit(WALK)
    hedger(bybit.exchange, key="OTHER")
    other = Client(bybit, "OTHER", SECRET)
    private = client.socket("/v5/private", "order")
    frames(private)
    borrowed = other.socket("/v5/private")
    expires = bybit.exchange.clock.wall_ms + 5000
    signature = sign(SECRET, f"GET/realtime{expires}".encode())
    client.say(private, op="auth", args=["OTHER", expires, signature])
    (answer,) = frames(private)
    assert (answer["success"], answer["ret_msg"]) == (False, "Repeat auth")
    other.post("order/create", **ORDER)
    assert frames(private) == []
    client.post("order/create", **ORDER)
    assert [frame["topic"] for frame in frames(private)] == ["order"]
    bybit.disconnect(borrowed)


def test_after_unsubscribing_nothing_comes_and_the_market_may_sleep() -> None:
    """A symbol that nobody watches any more has no next moment."""
    bybit, client = make_bybit(WALK)
    public = client.socket("/v5/public/linear", "tickers.BTCUSDT", "kline.1.BTCUSDT")
    assert bybit.next_wall_us() is not None
    client.say(public, op="unsubscribe", args=["tickers.BTCUSDT", "kline.1.BTCUSDT"])
    frames(public)
    assert bybit.next_wall_us() is None
    pass_minutes(bybit, 1)
    assert frames(public) == []


def test_a_socket_that_went_leaves_nothing_behind() -> None:
    """Neither its topics nor its account's frames are made any more."""
    bybit, client = make_bybit(WALK)
    public = client.socket("/v5/public/linear", "tickers.BTCUSDT")
    private = client.socket("/v5/private", "order")
    bybit.disconnect(public)
    bybit.disconnect(private)
    assert bybit.next_wall_us() is None
    assert not bybit.connections
    frames(private)
    client.post("order/create", **ORDER)
    assert frames(private) == []


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"7", b'"ping"', b"\xff\xfe", b"{" * 5000, b'{"op":7}', b"{}"],
)
@pytest.mark.parametrize("path", ["/v5/public/linear", "/v5/private", "/v5/trade"])
def test_noise_is_answered_and_survived(path: str, data: bytes) -> None:
    """Exactly one frame, and a ping still works."""
    bybit, client = make_bybit(WALK)
    connection = opened(bybit, path)
    bybit.receive(connection, data)
    assert len(frames(connection)) == 1
    client.say(connection, op="ping")
    assert frames(connection)[0]["op"] in ("ping", "pong")


def stamped(bybit: Bybit, offset_ms: int = 0) -> dict[str, object]:
    """The header of a trade request, made some time from now."""
    return {"X-BAPI-TIMESTAMP": bybit.exchange.clock.wall_ms + offset_ms}


@pytest.mark.parametrize(
    ("offset_ms", "window", "code"),
    [
        (-5000, None, 0),
        (-5001, None, 10002),
        (999, None, 0),
        (1000, None, 10002),
        (-8000, "8000", 0),
    ],
)
def test_the_trade_sockets_time_window_has_the_same_edges_as_rest(
    offset_ms: int, window: str | None, code: int
) -> None:
    """server - window <= stamp < server + 1000."""
    bybit, client = make_bybit(WALK)
    trade = client.socket("/v5/trade")
    frames(trade)
    header = stamped(bybit, offset_ms)
    if window is not None:
        header["X-BAPI-RECV-WINDOW"] = window
    client.say(trade, reqId="a", header=header, op="order.create", args=[ORDER])
    assert frames(trade)[0]["retCode"] == code


def test_a_whole_order_life_on_the_trade_socket() -> None:
    """Create, amend, cancel, and their batches; each answer names its request."""
    bybit, client = make_bybit(WALK)
    trade = client.socket("/v5/trade")
    frames(trade)
    pair = {"category": "linear", "symbol": "BTCUSDT"}
    item = {name: value for name, value in ORDER.items() if name != "category"}
    steps: list[tuple[str, dict[str, Any]]] = [
        ("order.create", {**ORDER, "orderLinkId": "one"}),
        ("order.amend", {**pair, "orderLinkId": "one", "price": "58000"}),
        ("order.cancel", {**pair, "orderLinkId": "one"}),
        ("order.create-batch", {"category": "linear", "request": [{**item, "orderLinkId": "two"}]}),
        (
            "order.amend-batch",
            {"category": "linear", "request": [{**pair, "orderLinkId": "two", "qty": "0.2"}]},
        ),
        (
            "order.cancel-batch",
            {"category": "linear", "request": [{**pair, "orderLinkId": "two"}]},
        ),
    ]
    for number, (op, fields) in enumerate(steps):
        client.say(trade, reqId=f"r{number}", header=stamped(bybit), op=op, args=[fields])
        (answer,) = frames(trade)
        assert (answer["retCode"], answer["reqId"], answer["op"]) == (0, f"r{number}", op)
        assert set(answer["header"]) >= {"Traceid", "Timenow", "X-Bapi-Limit-Status"}
    states = [row["orderStatus"] for row in client.get("order/history", **pair)["result"]["list"]]
    assert states == ["Cancelled", "Cancelled"]
    assert client.get("order/realtime", **pair)["result"]["list"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"op": "order.replace"}, 10404),
        ({"op": "position.list"}, 10404),
        ({"args": [{**ORDER, "category": "spot"}]}, 10404),
        ({"args": [{**ORDER, "category": "option"}]}, 10404),
        ({"args": []}, 10001),
        ({"args": [ORDER, ORDER]}, 10001),
        ({"args": ORDER}, 10001),
        ({"args": [[]]}, 10001),
        ({"reqId": "x" * 37}, 10001),
        ({"header": None}, 10001),
        ({"header": {"X-BAPI-TIMESTAMP": "soon"}}, 10001),
        ({"header": {"X-BAPI-TIMESTAMP": "1"}}, 10002),
        ({"args": [{**ORDER, "positionIdx": 0}]}, 10001),
    ],
)
def test_trade_requests_that_are_wrong(change: dict[str, Any], code: int) -> None:
    """Each has its code, its request id, and places nothing."""
    bybit, client = make_bybit(WALK)
    trade = client.socket("/v5/trade")
    frames(trade)
    message = {"reqId": "a", "header": stamped(bybit), "op": "order.create", "args": [ORDER]}
    client.say(trade, **{**message, **change})
    (answer,) = frames(trade)
    assert (answer["retCode"], answer["op"]) == (code, change.get("op", "order.create"))
    assert answer["reqId"] == change.get("reqId", "a")
    assert client.get("order/realtime", category="linear", symbol="BTCUSDT")["result"]["list"] == []


def test_a_request_id_is_used_once_and_an_absent_one_always_works() -> None:
    """20006 for the second; requests without id are not compared."""
    bybit, client = make_bybit(WALK)
    trade = client.socket("/v5/trade")
    frames(trade)
    codes = []
    for request_id in ("a", "b", "a", "b", None, None):
        more = {} if request_id is None else {"reqId": request_id}
        client.say(trade, **more, header=stamped(bybit), op="order.create", args=[ORDER])
        codes.append(frames(trade)[0]["retCode"])
    assert codes == [0, 0, 20006, 20006, 0, 0]
    again = client.socket("/v5/trade")
    frames(again)
    client.say(again, reqId="a", header=stamped(bybit), op="order.create", args=[ORDER])
    assert frames(again)[0]["retCode"] == 0


def test_rest_and_the_trade_socket_share_one_limit() -> None:
    """Ten creations a second, whichever way they come."""
    bybit, client = make_bybit(WALK, limits_on=True)
    trade = client.socket("/v5/trade")
    frames(trade)
    codes = []
    for number in range(6):
        codes.append(client.post("order/create", **ORDER)["retCode"])
        client.say(trade, reqId=str(number), header=stamped(bybit), op="order.create", args=[ORDER])
        codes.append(frames(trade)[0]["retCode"])
    assert codes == [0] * 10 + [10006] * 2


@pytest.mark.parametrize(
    ("query", "idle_s"),
    [
        ("", 600),
        ("?max_active_time=30s", 30),
        ("?max_active_time=1s", 30),
        ("?max_active_time=9999s", 600),
        ("?max_active_time=5m", 300),
        ("?max_active_time=soon", 600),
        ("?max_active_time=-40s", 600),
        ("?other=30s", 600),
    ],
)
def test_how_long_a_socket_may_be_idle_is_bounded(query: str, idle_s: int) -> None:
    """30 s to 600 s, ten minutes by default."""
    connection = opened(make_bybit(WALK)[0], f"/v5/private{query}")
    assert connection.idle_max_us == idle_s * 1_000_000


def test_pings_keep_an_idle_socket_open() -> None:
    """Cut after its time without them, never with them."""
    bybit, client = make_bybit(["60000"] * 40)
    pinging = opened(bybit, "/v5/private?max_active_time=60s")
    silent = opened(bybit, "/v5/private?max_active_time=60s")
    for _ in range(12):
        client.say(pinging, op="ping")
        pass_minutes(bybit, 0.4)
    assert not pinging.closing
    assert silent.closing


def test_the_first_frame_of_a_topic_is_a_snapshot_of_now() -> None:
    """Each subscriber gets one of its own, whenever it comes; the others do not."""
    bybit, client = make_bybit(WALK)
    first = client.socket("/v5/public/linear", "orderbook.50.BTCUSDT", "tickers.BTCUSDT")
    assert [frame["type"] for frame in frames(first)[1:]] == ["snapshot", "snapshot"]
    pass_minutes(bybit, 3)
    assert {frame["type"] for frame in frames(first)} == {"delta"}
    second = client.socket("/v5/public/linear", "orderbook.50.BTCUSDT")
    assert [frame["type"] for frame in frames(second)[1:]] == ["snapshot"]
    assert frames(first) == []


def test_level_one_sends_snapshots_only_and_repeats_itself() -> None:
    """Without a change the same update number comes again after three seconds."""
    bybit, client = make_bybit(["60000"] * 4, points=30)
    public = client.socket("/v5/public/linear", "orderbook.1.BTCUSDT")
    frames(public)
    pass_minutes(bybit, 2)
    seen = frames(public)
    assert {frame["type"] for frame in seen} == {"snapshot"}
    numbers = [frame["data"]["u"] for frame in seen]
    assert numbers == sorted(numbers)
    for before, after in pairwise(seen):
        if before["data"]["u"] == after["data"]["u"]:
            assert after["ts"] - before["ts"] >= 3000
            assert before["data"]["b"] == after["data"]["b"]


def test_frames_are_json_objects_without_blanks() -> None:
    """As the exchange sends them: one object, no spaces between its parts."""
    bybit, client = make_bybit(WALK)
    public = client.socket("/v5/public/linear", "tickers.BTCUSDT", "publicTrade.BTCUSDT")
    pass_minutes(bybit, 1)
    for frame in public.drain():
        assert isinstance(json.loads(frame), dict)
        assert b": " not in frame
    assert bybit.exchange.clock.wall_ms == START_MS + 60_000
