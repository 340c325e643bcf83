"""OKX's channels: acknowledgements, orders fill by fill, a book without gaps, orders by socket."""

import json
from typing import Any

from tests.unit.exchange_simulator.builders import frames, go
from tests.unit.exchange_simulator.protocols.okx.speaking import PAIR, Speaker, make_okx

FLAT = ["60000"] * 5
ORDERS = {"channel": "orders", "instType": "SWAP"}


def rows(told: list[Any], channel: str) -> list[Any]:
    """The rows that a channel told."""
    return [row for frame in told if frame["arg"]["channel"] == channel for row in frame["data"]]


def test_orders_positions_and_account_are_told() -> None:
    """An order is live, then filled; its leg and the cash follow."""
    _, client = make_okx(FLAT)
    args = (ORDERS, {"channel": "positions", "instType": "ANY"}, {"channel": "account"})
    socket = client.socket("private", *args, {"channel": "balance_and_position"})
    client.order("buy", "long", "1")
    told = frames(socket)
    assert [row["state"] for row in rows(told, "orders")] == ["live", "filled"]
    filled = rows(told, "orders")[-1]
    assert (filled["posSide"], filled["fillSz"], filled["accFillSz"]) == ("long", "1", "1")
    assert float(filled["fillFee"]) < 0
    assert [(row["posSide"], row["pos"]) for row in rows(told, "positions")] == [("long", "1")]
    assert rows(told, "account")[0]["details"][0]["ccy"] == "USDT"
    assert rows(told, "balance_and_position")[0]["posData"][0]["pos"] == "1"


def test_positions_and_account_come_at_once_on_subscribing() -> None:
    """Orders do not."""
    _, client = make_okx(FLAT)
    client.order("buy", "long", "1")
    socket = client.socket("private")
    args = [ORDERS, {"channel": "positions", "instType": "SWAP"}, {"channel": "account"}]
    client.say(socket, op="subscribe", args=args, id="5")
    told = frames(socket)
    assert [frame.get("event", "data") for frame in told] == [
        *("subscribe", "subscribe", "data", "subscribe", "data"),
    ]
    assert told[0]["id"] == "5"


def test_amending_and_canceling_are_told() -> None:
    """A live order with new values, then a canceled one."""
    _, client = make_okx(FLAT)
    socket = client.socket("private", ORDERS)
    number = client.order("sell", "short", "1", px="61000")["data"][0]["ordId"]
    name = {"instId": PAIR, "ordId": number}
    go(client.okx.exchange, 0.5)
    client.post("trade/amend-order", **name, newPx="62000")
    client.post("trade/cancel-order", **name)
    told = rows(frames(socket), "orders")
    assert [(row["state"], row["px"]) for row in told] == [
        ("live", "61000"),
        ("live", "62000"),
        ("canceled", "62000"),
    ]
    assert told[-1]["cancelSource"] == "1"


def test_algo_orders_are_told_on_the_business_socket() -> None:
    """Live, then effective with the order that it became."""
    okx, client = make_okx(["60000", "60000", "58000", "58000"])
    client.order("buy", "long", "1")
    socket = client.socket("business", {"channel": "orders-algo", "instType": "SWAP"})
    client.algo("conditional", "sell", "long", "1", slTriggerPx="59000", slOrdPx="-1")
    go(okx.exchange, 2.1)
    told = rows(frames(socket), "orders-algo")
    assert [row["state"] for row in told] == ["live", "effective"]
    assert told[-1]["ordId"]


def test_a_book_has_no_gaps_and_ends_like_a_snapshot() -> None:
    """Each prevSeqId is the seqId before."""
    prices = [str(60_000 + (number * 137) % 900) for number in range(8)]
    okx, client = make_okx(prices)
    socket = okx.connect("/ws/v5/public")
    assert socket is not None
    client.say(socket, op="subscribe", args=[{"channel": "books", "instId": PAIR}])
    for _ in range(6):
        client.order("buy", "long", "10")
        go(okx.exchange, 0.9)
    told = frames(socket)[1:]
    assert [frame["action"] for frame in told][:2] == ["snapshot", "update"]
    book: dict[str, dict[str, str]] = {"asks": {}, "bids": {}}
    last = -1
    for frame in told:
        row = frame["data"][0]
        assert row["prevSeqId"] == last
        last = row["seqId"]
        for side in book:
            book[side] |= {level[0]: level[1] for level in row[side]}
    now = client.get("market/books", instId=PAIR, sz="100")["data"][0]
    assert now["seqId"] == last
    for side, best in (("bids", max), ("asks", min)):
        held = [price for price, size in book[side].items() if size != "0"]
        assert best(held, key=float) == now[side][0][0]
        assert all(book[side][level[0]] == level[1] for level in now[side])


def test_market_channels() -> None:
    """Tickers, trades, marks and funding are public; candles are on the business socket."""
    okx, client = make_okx(FLAT)
    names = ("tickers", "trades", "mark-price", "funding-rate", "books5", "bbo-tbt")
    public = client.socket("public", *({"channel": name, "instId": PAIR} for name in names))
    business = client.socket("business", {"channel": "candle1m", "instId": PAIR})
    go(okx.exchange, 1.6)
    assert {frame["arg"]["channel"] for frame in frames(public)} == set(names)
    told = rows(frames(business), "candle1m")
    assert [row[8] for row in told].count("1") == 1


def test_wrong_subscriptions_are_error_frames() -> None:
    """A channel on the wrong socket or of no instrument; a private one without login."""
    okx, client = make_okx(FLAT)
    socket = okx.connect("/ws/v5/public")
    private = okx.connect("/ws/v5/private")
    assert socket is not None
    assert private is not None
    for arg in (
        {"channel": "candle1m", "instId": PAIR},
        {"channel": "books", "instId": "NO-USDT-SWAP"},
        {"channel": "nothing", "instId": PAIR},
    ):
        client.say(socket, op="subscribe", args=[arg])
    assert [frame["code"] for frame in frames(socket)] == ["60018"] * 3
    client.say(private, op="subscribe", args=[ORDERS])
    client.say(private, op="login", args=[{"apiKey": "OTHER"}])
    assert [frame["code"] for frame in frames(private)] == ["60011", "60005"]
    assert okx.connect("/ws/v5/nowhere") is None


def test_orders_by_websocket() -> None:
    """The same sCodes as by REST, with the request's id and op."""
    _, client = make_okx(FLAT)
    socket = client.socket("private")

    def send(op: str, **arg: str) -> Any:
        client.say(socket, id="9", op=op, args=[{"instId": PAIR, **arg}])
        return frames(socket)[-1]

    order = {"tdMode": "cross", "side": "buy", "posSide": "long", "ordType": "limit"}
    placed = send("order", **order, sz="1", px="59000")
    assert (placed["id"], placed["op"], placed["code"]) == ("9", "order", "0")
    number = placed["data"][0]["ordId"]
    assert send("cancel-order", ordId=number)["code"] == "0"
    refused = send("cancel-order", ordId=number)
    assert (refused["code"], refused["data"][0]["sCode"]) == ("1", "51401")


def test_ping_is_text_and_silence_is_cut() -> None:
    """ping is answered with pong; thirty seconds without any frame close the socket."""
    okx, client = make_okx(FLAT)
    quiet, talking = client.socket("public"), client.socket("public")
    start_us = okx.exchange.clock.wall_us
    for second in (20, 40):
        okx.advance(start_us + second * 1_000_000)
        okx.receive(talking, b"ping")
    assert talking.drain() == [b"pong", b"pong"]
    assert (quiet.closing, talking.closing) == (True, False)


def test_unreadable_frames_are_errors() -> None:
    """60012 for no JSON, no op or an unknown op."""
    okx, client = make_okx(FLAT)
    socket = client.socket("public")
    for frame in (
        b"{",
        b"[]",
        b'{"op":5}',
        b'{"op":"dance"}',
        json.dumps({"op": "order"}).encode(),
    ):
        okx.receive(socket, frame)
    assert [frame["code"] for frame in frames(socket)] == ["60012"] * 5


def test_speaker_unsubscribes() -> None:
    """What was unsubscribed is not told, and the symbol is no longer watched."""
    okx, client = make_okx(FLAT)
    arg = {"channel": "trades", "instId": PAIR}
    socket = client.socket("public", arg)
    client.say(socket, op="unsubscribe", args=[arg])
    assert frames(socket)[0]["event"] == "unsubscribe"
    go(okx.exchange, 1)
    assert frames(socket) == []
    assert not okx.exchange.watched["BTCUSDT"]
    assert isinstance(client, Speaker)
