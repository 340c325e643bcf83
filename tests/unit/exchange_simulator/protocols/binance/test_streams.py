"""Binance's streams: user events in their order, depth that joins snapshots, candles, requests."""

import json
from typing import Any

from exchange_simulator.connection import Connection
from tests.unit.exchange_simulator.builders import MINUTE_US, frames, go
from tests.unit.exchange_simulator.protocols.binance.speaking import (
    Speaker,
    events,
    make_binance,
)

FLAT = ["60000"] * 5


def names(connection: Connection) -> list[str]:
    """The names of what waits, with status or reason."""
    out = []
    for name, event in events(connection):
        detail = event.get("o", {}).get("X") or event.get("a", {}).get("m") or ""
        out.append(f"{name} {detail}".strip())
    return out


def test_a_fill_tells_account_order_and_trade() -> None:
    """TRADE_LITE precedes each fill's ORDER_TRADE_UPDATE; the account's change precedes both."""
    _, client = make_binance(FLAT)
    stream = client.user_stream()
    client.order("BUY", "LONG", "0.01")
    told = events(stream)
    assert [name for name, _ in told] == [
        "ACCOUNT_UPDATE",
        "ORDER_TRADE_UPDATE",
        "TRADE_LITE",
        "ORDER_TRADE_UPDATE",
    ]
    new, fill = told[1][1]["o"], told[3][1]["o"]
    assert (new["x"], new["X"], fill["x"], fill["X"]) == ("NEW", "NEW", "TRADE", "FILLED")
    assert (fill["ps"], fill["l"], fill["z"], fill["m"]) == ("LONG", "0.010", "0.010", False)
    position = told[0][1]["a"]["P"]
    assert [(row["ps"], row["pa"]) for row in position] == [("LONG", "0.010")]


def test_resting_amending_and_canceling_are_told() -> None:
    """An order without fills tells no account change."""
    _, client = make_binance(FLAT)
    stream = client.user_stream()
    order = client.order("SELL", "SHORT", "0.1", price="61000")
    name = {"symbol": "BTCUSDT", "orderId": order["orderId"]}
    client.call("PUT", "v1/order", **name, side="SELL", quantity="0.1", price="62000")
    client.call("DELETE", "v1/order", **name)
    told = [event["o"]["x"] for _, event in events(stream)]
    assert told == ["NEW", "AMENDMENT", "CANCELED"]


def test_an_algo_order_is_told_from_new_to_finished() -> None:
    """It triggers, becomes an order, is filled, and is finished last."""
    binance, client = make_binance(["60000", "60000", "58000", "58000"])
    client.order("BUY", "LONG", "0.01")
    stream = client.user_stream()
    client.algo("STOP_MARKET", "SELL", "LONG", quantity="0.01", triggerPrice="59000")
    go(binance.exchange, 2.1)
    told = [name for name in names(stream) if "TRADE_LITE" not in name]
    assert told == [
        "ALGO_UPDATE NEW",
        "ACCOUNT_UPDATE ORDER",
        "ALGO_UPDATE TRIGGERING",
        "ALGO_UPDATE TRIGGERED",
        "ORDER_TRADE_UPDATE NEW",
        "ORDER_TRADE_UPDATE FILLED",
        "ALGO_UPDATE FINISHED",
    ]


def test_a_stop_without_its_position_is_rejected_when_it_fires() -> None:
    """It could be placed before the leg, and never becomes an order."""
    binance, client = make_binance(["60000", "58000", "58000"])
    stream = client.user_stream()
    stop = client.algo("STOP_MARKET", "SELL", "LONG", quantity="0.01", triggerPrice="59000")
    go(binance.exchange, 1.1)
    assert names(stream) == [
        "ALGO_UPDATE NEW",
        "ALGO_UPDATE TRIGGERING",
        "ALGO_UPDATE REJECTED",
    ]
    assert client.call("GET", "v1/algoOrder", algoId=stop["algoId"])["algoStatus"] == "REJECTED"
    assert client.call("GET", "v1/allOrders", symbol="BTCUSDT") == []


def test_a_listen_key_lives_an_hour_after_its_keepalive() -> None:
    """Then listenKeyExpired is told, the stream is silent, and a keepalive is -1125."""
    binance, client = make_binance(FLAT)
    stream = client.user_stream()
    binance.advance(binance.exchange.clock.wall_us + 50 * MINUTE_US)
    client.call("PUT", "v1/listenKey")
    binance.advance(binance.exchange.clock.wall_us + 59 * MINUTE_US)
    assert names(stream) == []
    binance.advance(binance.exchange.clock.wall_us + MINUTE_US)
    assert names(stream) == ["listenKeyExpired"]
    client.order("BUY", "LONG", "0.01")
    assert names(stream) == []
    assert client.call("PUT", "v1/listenKey")["code"] == -1125


def test_depth_changes_continue_a_snapshot() -> None:
    """Joined by Binance's rule they give the same book as the next snapshot."""
    prices = [str(60_000 + (number * 137) % 900) for number in range(8)]
    binance, client = make_binance(prices)
    socket = binance.connect("/public/ws")
    assert socket is not None
    binance.receive(socket, b'{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":7}')
    assert frames(socket) == [{"result": None, "id": 7}]
    snapshot = _depth(client)
    last = snapshot["lastUpdateId"]
    book = {side: dict(snapshot[side]) for side in ("bids", "asks")}
    for _ in range(6):
        order = client.order("BUY", "LONG", "0.1")
        assert order["status"] == "FILLED"
        go(binance.exchange, 0.9)
    previous = None
    for event in frames(socket):
        if previous is None:
            assert event["U"] <= last <= event["u"]
        else:
            assert event["pu"] == previous
        previous = event["u"]
        for name, side in (("b", "bids"), ("a", "asks")):
            book[side] |= dict(event[name])
    held = {
        side: {price for price, quantity in book[side].items() if float(quantity)} for side in book
    }
    now = _depth(client)
    for side, best in (("bids", max), ("asks", min)):
        assert best(held[side], key=float) == now[side][0][0]
        shown = {price: quantity for price, quantity in now[side]}
        assert {price: book[side][price] for price in shown} == shown


def _depth(client: Speaker) -> Any:
    return json.loads(client.raw("GET", "/fapi/v1/depth?symbol=BTCUSDT&limit=1000").body)


def test_market_streams_in_both_envelopes() -> None:
    """/ws gives bare events, /stream names the stream; a candle is confirmed once."""
    binance, _ = make_binance(FLAT)
    streams = "btcusdt@kline_1m/btcusdt@aggTrade/btcusdt@bookTicker/btcusdt@markPrice@1s"
    combined = binance.connect(f"/stream?streams={streams}")
    raw = binance.connect("/ws/btcusdt@ticker/btcusdt@miniTicker/btcusdt@depth5")
    assert combined is not None
    assert raw is not None
    go(binance.exchange, 1.6)
    told = frames(combined)
    assert {frame["stream"] for frame in told} == set(streams.split("/"))
    closed = [frame["data"]["k"] for frame in told if frame["data"].get("k", {}).get("x")]
    assert len(closed) == 1
    assert closed[0]["T"] - closed[0]["t"] == 59_999
    assert {frame["e"] for frame in frames(raw)} == {"24hrTicker", "24hrMiniTicker", "depthUpdate"}
    assert binance.connect("/nowhere") is None


def test_all_symbols_come_as_a_list() -> None:
    """!markPrice@arr wraps its rows."""
    binance, _ = make_binance(FLAT)
    socket = binance.connect("/market/ws/!markPrice@arr@1s")
    assert socket is not None
    go(binance.exchange, 0.5)
    assert [row["s"] for row in frames(socket)[0]] == ["BTCUSDT"]


def test_orders_by_websocket() -> None:
    """Parameters are signed sorted by name; errors carry status and code."""
    binance, client = make_binance(FLAT)
    socket = binance.connect("/ws-fapi/v1")
    assert socket is not None

    def send(method: str, **params: object) -> Any:
        full = {**params, "apiKey": "KEY", "timestamp": binance.exchange.clock.wall_ms}
        text = "&".join(f"{name}={full[name]}" for name in sorted(full))
        message = {"id": "1", "method": method, "params": {**full, "signature": client.sign(text)}}
        binance.receive(socket, json.dumps(message).encode())
        return frames(socket)[-1]

    placed = send(
        "order.place",
        symbol="BTCUSDT",
        side="BUY",
        positionSide="LONG",
        type="LIMIT",
        timeInForce="GTC",
        quantity=0.1,
        price="59000",
    )
    assert placed["status"] == 200
    number = placed["result"]["orderId"]
    assert send("order.status", symbol="BTCUSDT", orderId=number)["result"]["status"] == "NEW"
    assert send("order.cancel", symbol="BTCUSDT", orderId=number)["status"] == 200
    refused = send("order.cancel", symbol="BTCUSDT", orderId=number)
    assert (refused["status"], refused["error"]["code"]) == (400, -2011)
    assert send("nothing")["error"]["code"] == -1000


def test_subscriptions_can_be_listed_and_ended() -> None:
    """An unknown method is an error frame; an unknown stream stays silent."""
    binance, _ = make_binance(FLAT)
    socket = binance.connect("/ws")
    assert socket is not None
    for message in (
        {"method": "SUBSCRIBE", "params": ["btcusdt@aggTrade", "no@such"], "id": 1},
        {"method": "LIST_SUBSCRIPTIONS", "id": 2},
        {"method": "UNSUBSCRIBE", "params": ["btcusdt@aggTrade"], "id": 3},
        {"method": "DANCE", "id": 4},
        {"method": "SUBSCRIBE", "params": [5], "id": 5},
    ):
        binance.receive(socket, json.dumps(message).encode())
    answers = frames(socket)
    assert answers[1] == {"result": ["btcusdt@aggTrade", "no@such"], "id": 2}
    assert [answer.get("error", {}).get("code") for answer in answers] == [None] * 3 + [2, 2]
    assert not binance.exchange.watched["BTCUSDT"]
