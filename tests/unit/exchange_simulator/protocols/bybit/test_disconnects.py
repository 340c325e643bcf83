"""Disconnection protection: whose absence cancels which orders, and when."""

from typing import Any

import pytest

from exchange_simulator.protocols.bybit.protocol import Bybit
from exchange_simulator.rules import Rules
from tests.unit.exchange_simulator.builders import Client, frames, make_bybit

PAIR = {"category": "linear", "symbol": "BTCUSDT"}
LIMIT = {
    **PAIR,
    "side": "Buy",
    "orderType": "Limit",
    "qty": "0.1",
    "price": "59000",
    "positionIdx": 1,
}
WINDOW = {"product": "DERIVATIVES", "timeWindow": 10}


def protected(**more: Any) -> tuple[Bybit, Client]:
    """A quiet market whose clients may ask for protection."""
    return make_bybit(["60000"] * 9, rules=Rules(disconnect_cancels=True, **more))


def pass_seconds(bybit: Bybit, seconds: float) -> None:
    """Let time pass."""
    bybit.advance(bybit.exchange.clock.wall_us + int(seconds * 1e6))


def is_open(client: Client) -> bool:
    """Whether any order is open."""
    return bool(client.get("order/realtime", **PAIR)["result"]["list"])


def test_orders_go_when_the_last_socket_stays_away() -> None:
    """Exactly at the end of the window, with a cause of their own, told to whoever listens."""
    bybit, client = protected()
    heard = client.socket("/v5/private", "order")
    asked = client.socket("/v5/private", "dcp.future")
    client.post("order/create", **LIMIT)
    frames(heard)
    bybit.disconnect(asked)
    due_us = bybit.exchange.clock.wall_us + 10_000_000
    pass_seconds(bybit, 9.999)
    assert is_open(client)
    next_us = bybit.next_wall_us()
    assert next_us is not None
    assert next_us <= due_us
    pass_seconds(bybit, 0.001)
    assert not is_open(client)
    rows = [row for frame in frames(heard) for row in frame["data"]]
    assert [(row["orderStatus"], row["cancelType"]) for row in rows] == [
        ("Cancelled", "CancelByDCP")
    ]


def test_one_socket_that_is_left_keeps_the_orders() -> None:
    """Only sockets with the topic count, and all of them must be gone."""
    bybit, client = protected()
    first = client.socket("/v5/private", "dcp.future")
    plain = client.socket("/v5/private", "order")
    last = client.socket("/v5/private", "dcp.future")
    client.post("order/create", **LIMIT)
    for socket in (first, plain):
        bybit.disconnect(socket)
    pass_seconds(bybit, 60)
    assert is_open(client)
    bybit.disconnect(last)
    pass_seconds(bybit, 10)
    assert not is_open(client)


def test_coming_back_in_time_starts_the_window_anew() -> None:
    """Nine seconds away, back, and nine seconds away again cancel nothing."""
    bybit, client = protected()
    client.post("order/create", **LIMIT)
    for _ in range(3):
        socket = client.socket("/v5/private", "dcp.future")
        bybit.disconnect(socket)
        pass_seconds(bybit, 9)
    assert is_open(client)
    pass_seconds(bybit, 1)
    assert not is_open(client)


def test_conditional_and_protective_orders_stay() -> None:
    """Only resting orders are canceled; the leg keeps its stop."""
    bybit, client = protected()
    market = {**LIMIT, "orderType": "Market"}
    client.post("order/create", **market, stopLoss="58000")
    client.post("order/create", **LIMIT, triggerPrice="61000", triggerDirection=1)
    client.post("order/create", **LIMIT)
    bybit.disconnect(client.socket("/v5/private", "dcp.future"))
    pass_seconds(bybit, 11)
    left = client.get("order/realtime", **PAIR)["result"]["list"]
    assert sorted(row["stopOrderType"] for row in left) == ["Stop", "StopLoss"]


def test_the_window_is_the_accounts_own() -> None:
    """It can be set and asked for; another product's does not matter."""
    bybit, client = protected(disconnect_window_s=20)
    assert client.get("account/info")["result"]["timeWindow"] == 20
    options = {"product": "OPTIONS", "timeWindow": 5}
    for body in (options, {"timeWindow": 5}, {"product": "DERIVATIVES", "timeWindow": 40}):
        assert client.post("order/disconnected-cancel-all", **body)["retCode"] == 0
    assert client.get("account/query-dcp-info")["result"]["dcpInfos"] == [
        {"product": "DERIVATIVES", "dcpStatus": "ON", "timeWindow": "40"}
    ]
    client.post("order/create", **LIMIT)
    bybit.disconnect(client.socket("/v5/private", "dcp.future"))
    pass_seconds(bybit, 39)
    assert is_open(client)
    pass_seconds(bybit, 1)
    assert not is_open(client)


@pytest.mark.parametrize(
    "change",
    [
        {"timeWindow": 2},
        {"timeWindow": 301},
        {"timeWindow": None},
        {"timeWindow": "x"},
        {"product": "ALL"},
    ],
)
def test_a_window_that_is_none_is_refused(change: dict[str, Any]) -> None:
    """3 to 300 seconds, of a known product."""
    _, client = protected()
    assert client.post("order/disconnected-cancel-all", **{**WINDOW, **change})["retCode"] == 10001
    assert client.get("account/info")["result"]["timeWindow"] == 10


def test_by_default_nobody_is_protected() -> None:
    """The exchange turns it on for whom it wants; the topic alone does nothing."""
    bybit, client = make_bybit(["60000"] * 9)
    assert client.get("account/info")["result"]["dcpStatus"] == "OFF"
    client.post("order/create", **LIMIT)
    bybit.disconnect(client.socket("/v5/private", "dcp.future"))
    pass_seconds(bybit, 400)
    assert is_open(client)
