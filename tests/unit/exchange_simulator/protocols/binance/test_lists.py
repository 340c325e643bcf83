"""Binance's lists: what is in them, from where to where, and how requests by socket read them."""

import json
from typing import Any

import pytest

from exchange_simulator.protocols.binance.protocol import Binance
from tests.unit.exchange_simulator.builders import START_MS, frames, go
from tests.unit.exchange_simulator.protocols.binance.speaking import Speaker, make_binance

FLAT = ["60000"] * 30
HOUR_MS = 3_600_000
PAIR = {"symbol": "BTCUSDT"}


@pytest.fixture
def lived() -> tuple[Binance, Speaker]:
    """Five orders a minute apart: filled, canceled, resting; and three stops."""
    binance, client = make_binance(FLAT)
    binance.exchange.watched["BTCUSDT"] = 1
    for number in range(3):
        client.order("BUY", "LONG", "0.1", newClientOrderId=f"filled-{number}")
        go(binance.exchange, 1)
    gone = client.order("BUY", "LONG", "0.1", price="58000", newClientOrderId="gone")
    client.call("DELETE", "v1/order", **PAIR, orderId=gone["orderId"])
    go(binance.exchange, 1)
    client.order("BUY", "LONG", "0.1", price="58000", newClientOrderId="resting")
    for number in range(3):
        more = {"quantity": "0.1", "triggerPrice": str(50_000 + number)}
        client.algo("STOP_MARKET", "SELL", "LONG", **more, clientAlgoId=f"stop-{number}")
    return binance, client


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """The clients' ids of orders."""
    return [row["clientOrderId"] for row in rows]


def test_all_orders_come_oldest_first(lived: tuple[Binance, Speaker]) -> None:
    """Of every state; limited from the newest, or on from an id."""
    client = lived[1]
    everything = ["filled-0", "filled-1", "filled-2", "gone", "resting"]
    rows = client.call("GET", "v1/allOrders", **PAIR)
    assert ids(rows) == everything
    assert ids(client.call("GET", "v1/allOrders", **PAIR, limit=2)) == everything[-2:]
    onward = client.call("GET", "v1/allOrders", **PAIR, orderId=rows[1]["orderId"], limit=2)
    assert ids(onward) == everything[1:3]


def test_a_window_of_time_cuts_the_list(lived: tuple[Binance, Speaker]) -> None:
    """Both ends count; backwards and too long ones are refused."""
    client = lived[1]
    fields = {"startTime": START_MS + 60_000, "endTime": START_MS + 120_000}
    assert ids(client.call("GET", "v1/allOrders", **PAIR, **fields)) == ["filled-1", "filled-2"]
    backwards = {"startTime": START_MS + 2, "endTime": START_MS + 1}
    assert client.call("GET", "v1/allOrders", **PAIR, **backwards)["code"] == -1023
    long = {"startTime": START_MS, "endTime": START_MS + 8 * 24 * HOUR_MS}
    assert client.call("GET", "v1/allOrders", **PAIR, **long)["code"] == -4166


def test_open_orders_are_those_that_rest(lived: tuple[Binance, Speaker]) -> None:
    """One by its id, or all; what ended is -2013."""
    client = lived[1]
    assert ids(client.call("GET", "v1/openOrders")) == ["resting"]
    found = client.call("GET", "v1/openOrder", **PAIR, origClientOrderId="resting")
    assert found["status"] == "NEW"
    ended = client.call("GET", "v1/openOrder", **PAIR, origClientOrderId="gone")
    assert ended["code"] == -2013


def test_trades_are_found_by_order_and_by_number(lived: tuple[Binance, Speaker]) -> None:
    """Each names its order."""
    client = lived[1]
    rows = client.call("GET", "v1/userTrades", **PAIR)
    assert len(rows) == 3
    of_one = client.call("GET", "v1/userTrades", **PAIR, orderId=rows[1]["orderId"])
    assert of_one == [rows[1]]
    onward = client.call("GET", "v1/userTrades", **PAIR, fromId=rows[1]["id"])
    assert onward == rows[1:]
    assert client.call("GET", "v1/userTrades", **PAIR, limit=1) == rows[-1:]


def test_algo_orders_have_lists_of_their_own(lived: tuple[Binance, Speaker]) -> None:
    """Waiting ones, all, on from an id; one by either id."""
    client = lived[1]
    named = [row["clientAlgoId"] for row in client.call("GET", "v1/openAlgoOrders")]
    assert named == ["stop-0", "stop-1", "stop-2"]
    rows = client.call("GET", "v1/allAlgoOrders", **PAIR)
    onward = client.call("GET", "v1/allAlgoOrders", **PAIR, algoId=rows[1]["algoId"])
    assert [row["clientAlgoId"] for row in onward] == ["stop-1", "stop-2"]
    one = client.call("GET", "v1/algoOrder", clientAlgoId="stop-2")
    assert one == client.call("GET", "v1/algoOrder", algoId=one["algoId"])
    assert client.call("DELETE", "v1/algoOrder", clientAlgoId="stop-2")["code"] == "200"
    assert client.call("DELETE", "v1/algoOrder", clientAlgoId="stop-2")["code"] == -2011
    assert client.call("GET", "v1/algoOrder", clientAlgoId="stop-2")["algoStatus"] == "CANCELED"
    assert client.call("GET", "v1/algoOrder")["code"] == -1102


def test_cancel_all_knows_its_service(lived: tuple[Binance, Speaker]) -> None:
    """Orders and algo orders are canceled apart from one another."""
    client = lived[1]
    assert client.call("DELETE", "v1/allOpenOrders", **PAIR)["code"] == 200
    assert client.call("GET", "v1/openOrders") == []
    assert len(client.call("GET", "v1/openAlgoOrders")) == 3
    assert client.call("DELETE", "v1/algoOpenOrders", **PAIR)["code"] == 200
    assert client.call("GET", "v1/openAlgoOrders") == []


@pytest.mark.parametrize(
    ("fields", "answered"),
    [
        ({"orderIdList": "[{a}]"}, ["CANCELED"]),
        ({"origClientOrderIdList": '["resting","none"]'}, ["CANCELED", -2011]),
        ({"orderIdList": "[]"}, -4082),
        ({"orderIdList": "x"}, -4082),
        ({}, -1102),
    ],
)
def test_a_batch_is_canceled_name_by_name(
    lived: tuple[Binance, Speaker], fields: dict[str, str], answered: Any
) -> None:
    """Each is answered by itself."""
    client = lived[1]
    number = client.call("GET", "v1/openOrders")[0]["orderId"]
    sent = {name: text.replace("{a}", str(number)) for name, text in fields.items()}
    answer = client.call("DELETE", "v1/batchOrders", **PAIR, **sent)
    if isinstance(answered, int):
        assert answer["code"] == answered
        return
    assert [row.get("status", row.get("code")) for row in answer] == answered


def say(binance: Binance, client: Speaker, method: str, **fields: Any) -> Any:
    """Send a signed request over the order socket and return its answer."""
    socket = binance.connect("/ws-fapi/v1")
    assert socket is not None
    params = {**fields, "apiKey": "KEY", "timestamp": binance.exchange.clock.wall_ms}
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    params["signature"] = client.sign(text)
    binance.receive(socket, json.dumps({"id": 7, "method": method, "params": params}).encode())
    (answer,) = frames(socket)
    assert answer["id"] == 7
    return answer


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("account.position", "v2/positionRisk"),
        ("v2/account.position", "v3/positionRisk"),
        ("v2/account.balance", "v3/balance"),
        ("v2/account.status", "v3/account"),
    ],
)
def test_the_order_socket_reads_the_account_as_rest_does(
    lived: tuple[Binance, Speaker], method: str, path: str
) -> None:
    """The result is the same, with the limits beside it."""
    answer = say(*lived, method)
    assert (answer["status"], answer["result"]) == (200, lived[1].call("GET", path))
    assert {row["rateLimitType"] for row in answer["rateLimits"]} == {"REQUEST_WEIGHT", "ORDERS"}


def test_the_order_socket_serves_an_orders_whole_life(lived: tuple[Binance, Speaker]) -> None:
    """Placed, asked for, changed, canceled; an unknown method is an error."""
    order = {**PAIR, "side": "BUY", "positionSide": "LONG", "type": "LIMIT", "timeInForce": "GTC"}
    placed = say(lived[0], lived[1], "order.place", **order, quantity="0.1", price="57000")[
        "result"
    ]
    named = {**PAIR, "orderId": placed["orderId"]}
    assert say(lived[0], lived[1], "order.status", **named)["result"]["status"] == "NEW"
    changed = say(
        lived[0], lived[1], "order.modify", **named, side="BUY", quantity="0.2", price="57000"
    )
    assert changed["result"]["origQty"] == "0.200"
    assert say(*lived, "order.cancel", **named)["result"]["status"] == "CANCELED"
    gone = say(*lived, "order.cancel", **named)
    assert (gone["status"], gone["error"]["code"]) == (400, -2011)
    assert say(*lived, "order.fly")["error"]["code"] == -1000


def test_a_listen_key_is_had_over_the_order_socket_too(lived: tuple[Binance, Speaker]) -> None:
    """Started, kept alive and stopped; the same key as by REST."""
    binance, _ = lived
    socket = binance.connect("/ws-fapi/v1")
    assert socket is not None
    answers = []
    for verb in ("start", "ping", "stop", "ping"):
        message = {"id": verb, "method": f"userDataStream.{verb}", "params": {"apiKey": "KEY"}}
        binance.receive(socket, json.dumps(message).encode())
        answers += frames(socket)
    assert [answer["status"] for answer in answers] == [200, 200, 200, 400]
    assert answers[0]["result"] == answers[1]["result"]
    assert answers[3]["error"]["code"] == -1125
    wrong = {"id": 1, "method": "userDataStream.start", "params": {"apiKey": "none"}}
    binance.receive(socket, json.dumps(wrong).encode())
    assert frames(socket)[0]["status"] == 401
