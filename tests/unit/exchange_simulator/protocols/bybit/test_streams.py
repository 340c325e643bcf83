"""Bybit's WebSockets: auth, acknowledgements, public topics, private topics, trade socket."""

import json
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from exchange_simulator.protocols.bybit.protocol import Bybit
from exchange_simulator.rules import Rules
from tests.unit.exchange_simulator.builders import (
    KEY,
    MINUTE_US,
    START_MS,
    Client,
    frames,
    make_bybit,
)

WALK = [str(60_000 + 40 * (number % 7)) for number in range(40)]
ORDER = {
    "category": "linear",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Market",
    "qty": "0.1",
    "positionIdx": 1,
}


def pass_minutes(bybit: Bybit, minutes: float) -> None:
    """Let time pass."""
    bybit.advance(bybit.exchange.clock.wall_us + int(minutes * MINUTE_US))


def topics(messages: list[Any]) -> list[str]:
    """Return the topics of the messages that have one."""
    return [message["topic"] for message in messages if "topic" in message]


def test_pings_are_answered_in_each_sockets_own_words() -> None:
    """Public, private and trade sockets have three shapes of pong."""
    bybit, client = make_bybit(WALK)
    public = bybit.connect("/v5/public/linear")
    private = bybit.connect("/v5/private")
    trade = bybit.connect("/v5/trade")
    assert public is not None
    assert private is not None
    assert trade is not None
    for connection in (public, private, trade):
        client.say(connection, op="ping", req_id="7")
    assert frames(public)[0] | {"conn_id": ""} == {
        "success": True,
        "ret_msg": "pong",
        "conn_id": "",
        "req_id": "7",
        "op": "ping",
    }
    assert frames(private)[0]["args"] == [str(START_MS)]
    pong = frames(trade)[0]
    assert (pong["op"], pong["retCode"], pong["data"]) == ("pong", 0, [str(START_MS)])


@pytest.mark.parametrize(
    "args",
    [[KEY, START_MS, "00"], [KEY, START_MS + 9000, "00"], [KEY], None, ["x", START_MS + 9, "s"]],
)
def test_bad_auth_is_refused(args: object) -> None:
    """An expired stamp, a wrong signature, or missing arguments do not authenticate."""
    bybit, client = make_bybit(WALK)
    private = bybit.connect("/v5/private")
    assert private is not None
    client.say(private, op="auth", args=args)
    answer = frames(private)[0]
    assert (answer["success"], answer["op"]) == (False, "auth")
    client.say(private, op="subscribe", args=["order"])
    assert frames(private)[0]["success"] is False


def test_an_unknown_topic_fails_the_whole_request() -> None:
    """No topic of a failed request is subscribed."""
    bybit, client = make_bybit(WALK)
    public = client.socket("/v5/public/linear", "publicTrade.BTCUSDT", "nothing.BTCUSDT")
    answer = frames(public)[0]
    assert answer["success"] is False
    assert "nothing.BTCUSDT" in answer["ret_msg"]
    pass_minutes(bybit, 1)
    assert frames(public) == []


def test_candles_of_a_stream_equal_those_of_rest() -> None:
    """Confirmed candles carry the same values as GET kline, once each."""
    bybit, client = make_bybit(WALK)
    public = client.socket("/v5/public/linear", "kline.1.BTCUSDT", "kline.5.BTCUSDT")
    pass_minutes(bybit, 11)
    rows = {}
    for message in frames(public):
        for row in message.get("data", []):
            if row["confirm"]:
                assert (row["interval"], row["start"]) not in rows
                names = ("open", "high", "low", "close", "volume", "turnover")
                rows[(row["interval"], row["start"])] = [row[name] for name in names]
                assert row["end"] == row["start"] + int(row["interval"]) * 60_000 - 1
    assert len(rows) == 11 + 2
    for interval in ("1", "5"):
        fields = {"category": "linear", "symbol": "BTCUSDT", "interval": interval}
        listed = client.get("market/kline", **fields)["result"]["list"]
        served = {int(row[0]): row[1:] for row in listed}
        for (name, start), row in rows.items():
            if name == interval:
                assert served[start] == row


def test_the_order_book_is_a_snapshot_and_gapless_deltas() -> None:
    """Applying deltas to the snapshot gives the book; u rises by one."""
    bybit, client = make_bybit(WALK)
    public = client.socket("/v5/public/linear", "orderbook.50.BTCUSDT")
    pass_minutes(bybit, 5)
    client.post("order/create", **{**ORDER, "orderType": "Limit", "price": "59990.7"})
    messages = frames(public)[1:]
    assert messages[0]["type"] == "snapshot"
    book: dict[str, dict[str, str]] = {"b": {}, "a": {}}
    update = messages[0]["data"]["u"] - 1
    sequence = 0
    for message in messages:
        data = message["data"]
        assert data["u"] == update + 1
        assert data["seq"] >= sequence
        update, sequence = data["u"], data["seq"]
        for side in ("b", "a"):
            for price, size in data[side]:
                if size == "0":
                    assert book[side].pop(price)
                else:
                    book[side][price] = size
    fields = {"category": "linear", "symbol": "BTCUSDT", "limit": 50}
    shown = client.get("market/orderbook", **fields)["result"]
    assert book["b"] == dict(shown["b"])
    assert book["a"] == dict(shown["a"])
    assert max(map(Decimal, book["b"])) < min(map(Decimal, book["a"]))


def test_tickers_send_a_snapshot_then_only_what_changed() -> None:
    """A delta names changed fields alone."""
    bybit, client = make_bybit(WALK)
    public = client.socket("/v5/public/linear", "tickers.BTCUSDT")
    pass_minutes(bybit, 3)
    first, *rest = frames(public)[1:]
    assert first["type"] == "snapshot"
    assert rest
    state = first["data"]
    for message in rest:
        assert message["type"] == "delta"
        changed = {name for name in message["data"] if name != "symbol"}
        assert changed
        assert all(state[name] != message["data"][name] for name in changed)
        state |= message["data"]
    shown = client.get("market/tickers", category="linear", symbol="BTCUSDT")["result"]["list"][0]
    assert state["lastPrice"] == shown["lastPrice"]


def test_trades_add_up_to_the_candle() -> None:
    """The volume of a candle is the volume of the trades inside it."""
    bybit, client = make_bybit(WALK)
    public = client.socket("/v5/public/linear", "publicTrade.BTCUSDT", "kline.1.BTCUSDT")
    pass_minutes(bybit, 3)
    volume, candle = Decimal(0), Decimal(0)
    start = START_MS + 60_000
    for message in frames(public)[1:]:
        for row in message["data"]:
            if "T" in row and start <= row["T"] < start + 60_000:
                volume += Decimal(row["v"])
            elif row.get("confirm") and row["start"] == start:
                candle = Decimal(row["volume"])
    assert volume == candle > 0


def test_an_order_tells_all_four_private_topics() -> None:
    """Order, execution, position and wallet; a closed leg arrives flat with its index."""
    bybit, client = make_bybit(WALK)
    private = client.socket("/v5/private", "order", "execution", "position", "wallet")
    private.drain()
    client.post("order/create", **ORDER)
    messages = frames(private)
    assert topics(messages) == ["execution", "order", "position", "wallet"]
    execution, order, position, wallet = (message["data"][0] for message in messages)
    assert "positionIdx" not in execution
    assert (order["orderStatus"], order["positionIdx"]) == ("Filled", 1)
    assert (position["side"], position["size"]) == ("Buy", "0.1")
    assert Decimal(position["entryPrice"]) == Decimal(execution["execPrice"])
    assert wallet["coin"][0]["coin"] == "USDT"
    client.post("order/create", **{**ORDER, "side": "Sell", "reduceOnly": True})
    closed = next(m for m in frames(private) if m["topic"] == "position")["data"][0]
    assert (closed["positionIdx"], closed["side"], closed["size"]) == (1, "", "0")
    assert closed["entryPrice"] == "0"
    assert bybit.exchange.accounts[KEY].held() == []


@pytest.mark.parametrize(
    "wanted", list(permutations(("execution", "order", "position", "wallet")))[::5]
)
def test_the_order_of_private_frames_is_a_switch(wanted: tuple[str, ...]) -> None:
    """Any order of the four may come, as the rules say."""
    _, client = make_bybit(WALK, rules=Rules(frame_order=wanted))
    private = client.socket("/v5/private", "order", "execution", "position", "wallet")
    private.drain()
    client.post("order/create", **ORDER)
    assert tuple(topics(frames(private))) == wanted


def test_nothing_is_replayed_on_subscribing() -> None:
    """There is no private snapshot: REST must close the gap."""
    _, client = make_bybit(WALK)
    client.post("order/create", **ORDER)
    private = client.socket("/v5/private", "order", "position")
    assert topics(frames(private)) == []


def test_accounts_hear_only_of_themselves() -> None:
    """Another account's fill is not told."""
    bybit, client = make_bybit(WALK)
    bybit.exchange.add_account("OTHER", "o", Decimal(1000), bybit.exchange.crowd.default_mode)
    other = Client(bybit, "OTHER", "o").socket("/v5/private", "order", "execution", "wallet")
    other.drain()
    client.post("order/create", **ORDER)
    assert frames(other) == []


def test_the_trade_socket_runs_orders() -> None:
    """Create over the socket: ids, limit headers, and 20006 for a repeated request id."""
    bybit, client = make_bybit(WALK)
    trade = client.socket("/v5/trade")
    trade.drain()
    header = {"X-BAPI-TIMESTAMP": str(bybit.exchange.clock.wall_ms)}
    for _ in range(2):
        client.say(trade, reqId="r1", header=header, op="order.create", args=[ORDER])
    first, second = frames(trade)
    assert (first["retCode"], first["reqId"], first["op"]) == (0, "r1", "order.create")
    assert first["data"]["orderId"]
    assert {"X-Bapi-Limit", "Traceid", "Timenow"} <= set(first["header"])
    assert second["retCode"] == 20006


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"op": "order.fly", "args": [ORDER]}, 10404),
        ({"op": "order.create", "args": [{**ORDER, "category": "spot"}]}, 10404),
        ({"op": "order.create", "args": []}, 10001),
        ({"op": "order.create", "args": [ORDER], "header": {"X-BAPI-TIMESTAMP": 1}}, 10002),
        ({"op": "order.create", "args": [{**ORDER, "positionIdx": 0}]}, 10001),
        ({"op": "order.cancel", "args": [{**ORDER, "orderId": "none"}]}, 110001),
    ],
)
def test_trade_socket_errors(message: dict[str, Any], code: int) -> None:
    """Wrong requests get the socket's or the order's own code."""
    bybit, client = make_bybit(WALK)
    trade = client.socket("/v5/trade")
    trade.drain()
    header = {"X-BAPI-TIMESTAMP": str(bybit.exchange.clock.wall_ms)}
    client.say(trade, **{"reqId": "a", "header": header, **message})
    assert frames(trade)[0]["retCode"] == code


@pytest.mark.parametrize(("query", "seconds"), [("", 600), ("?max_active_time=30s", 30)])
def test_an_idle_socket_is_cut(query: str, seconds: int) -> None:
    """Without ping and data the server cuts; a ping in time keeps it open."""
    bybit, client = make_bybit(WALK)
    quiet, lively = (bybit.connect(f"/v5/private{query}") for _ in range(2))
    assert quiet is not None
    assert lively is not None
    for _ in range(4):
        pass_minutes(bybit, seconds / 60 / 3)
        client.say(lively, op="ping")
    assert (quiet.closing, lively.closing) == (True, False)


def test_same_inputs_give_the_same_bytes() -> None:
    """Two runs with the same seed and requests agree on every byte."""

    def run() -> list[bytes]:
        bybit, client = make_bybit(WALK)
        private = client.socket("/v5/private", "order", "execution", "position", "wallet")
        public = client.socket("/v5/public/linear", "orderbook.50.BTCUSDT", "tickers.BTCUSDT")
        out = [client.raw("POST", "/v5/order/create", json.dumps(ORDER).encode()).body]
        pass_minutes(bybit, 5)
        return out + private.drain() + public.drain()

    assert run() == run()


def test_the_ticker_says_which_way_the_last_trade_went() -> None:
    """Its direction changes with the price and stays while the price stays."""
    bybit, client = make_bybit(["60000", "60000.1", "60000.1", "60000", "60000"])
    public = client.socket("/v5/public/linear", "tickers.BTCUSDT")
    pass_minutes(bybit, 5)
    row: dict[str, str] = {}
    seen = []
    for frame in frames(public)[1:]:
        row |= frame["data"]
        if "lastPrice" in frame["data"]:
            seen.append((row["lastPrice"], row["tickDirection"]))
    assert seen == [("60000.00", "PlusTick"), ("60000.10", "PlusTick"), ("60000.00", "MinusTick")]
