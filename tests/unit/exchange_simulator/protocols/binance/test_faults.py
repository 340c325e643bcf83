"""Each fault that has a meaning on Binance strikes as declared and is recorded once."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from exchange_simulator.fault_kinds import FAULTS
from exchange_simulator.protocols.binance.protocol import Binance
from tests.unit.exchange_simulator.builders import frames, go
from tests.unit.exchange_simulator.fault_plans import plan, quiet_market, struck
from tests.unit.exchange_simulator.protocols.binance.speaking import Speaker, events

LIMIT = {"price": "59000", "newClientOrderId": "a"}
NAMED = {"symbol": "BTCUSDT", "origClientOrderId": "a"}


def disturbed(tmp_path: Path, *rules: dict[str, Any]) -> tuple[Binance, Speaker]:
    """A quiet market under a plan."""
    binance = Binance(quiet_market(), limits_on=False, plan=plan(tmp_path, *rules))
    return binance, Speaker(binance)


def pass_seconds(binance: Binance, seconds: float) -> None:
    """Let time pass."""
    binance.advance(binance.exchange.clock.wall_us + int(seconds * 1e6))


def create(client: Speaker, **more: str) -> Any:
    """Send a resting order and return the raw reply."""
    fields = {"symbol": "BTCUSDT", "side": "BUY", "positionSide": "LONG", "type": "LIMIT"}
    fields |= {"quantity": "0.1", "timeInForce": "GTC", **LIMIT, **more}
    return client.raw("POST", f"/fapi/v1/order?{client.signed(dict(fields))}")


@pytest.mark.parametrize("variant", ["closed", "delayed"])
def test_f1_the_order_exists_though_its_answer_was_lost(tmp_path: Path, variant: str) -> None:
    """No answer, or one far too late; the order is found by its client id."""
    binance, client = disturbed(tmp_path, {"fault": "F1", "variant": variant, "times": 1})
    reply = create(client)
    assert (reply.lost, reply.delay_ms > 10_000) == (variant == "closed", variant == "delayed")
    assert client.call("GET", "v1/order", **NAMED)["status"] == "NEW"
    assert struck(binance.faults) == [("F1", variant)]


@pytest.mark.parametrize(
    ("variant", "status", "code"),
    [("-1007", 408, -1007), ("-1006", 503, -1006), ("503", 503, -1000)],
)
def test_f2_an_error_that_says_nothing_hides_an_accepted_order(
    tmp_path: Path, variant: str, status: int, code: int
) -> None:
    """A resend under the same id proves the first accept by -4116."""
    binance, client = disturbed(tmp_path, {"fault": "F2", "variant": variant, "times": 1})
    reply = create(client)
    assert (reply.status, json.loads(reply.body)["code"]) == (status, code)
    assert json.loads(create(client).body)["code"] == -4116
    assert struck(binance.faults) == [("F2", variant)]


def test_f2_leaves_refusals_as_they_are(tmp_path: Path) -> None:
    """Only what was accepted can be answered so."""
    binance, client = disturbed(tmp_path, {"fault": "F2"})
    assert json.loads(create(client, positionSide="BOTH").body)["code"] == -4061
    assert struck(binance.faults) == []


def test_f3_a_stale_read_misses_the_newest_order(tmp_path: Path) -> None:
    """A list is shorter, a single order is -2013; a moment later it is there."""
    rules = [{"fault": "F3", "lag_ms": 2000, "times": 2}]
    binance, client = disturbed(tmp_path, *rules)
    pass_seconds(binance, 60)
    create(client)
    assert client.call("GET", "v1/openOrders", symbol="BTCUSDT") == []
    assert client.call("GET", "v1/order", **NAMED)["code"] == -2013
    assert len(client.call("GET", "v1/openOrders", symbol="BTCUSDT")) == 1
    assert struck(binance.faults) == [("F3", "lag")] * 2


@pytest.mark.parametrize("variant", ["late", "gone"])
def test_f4_a_cancel_is_answered_before_its_truth(tmp_path: Path, variant: str) -> None:
    """`late` acknowledges first and cancels after; `gone` denies an order that lives."""
    binance, client = disturbed(tmp_path, {"fault": "F4", "variant": variant, "times": 1})
    create(client)
    answer = client.call("DELETE", "v1/order", **NAMED)
    assert answer.get("status", answer.get("code")) == ("CANCELED" if variant == "late" else -2011)
    assert client.call("GET", "v1/order", **NAMED)["status"] == "NEW"
    pass_seconds(binance, 2)
    wanted = "CANCELED" if variant == "late" else "NEW"
    assert client.call("GET", "v1/order", **NAMED)["status"] == wanted
    assert struck(binance.faults) == [("F4", variant)]


@pytest.mark.parametrize("variant", ["duplicate", "reverse", "hold"])
def test_f5_user_events_are_disturbed(tmp_path: Path, variant: str) -> None:
    """Twice, backwards, or one kept until the next operation; nothing is lost for good."""
    binance, client = disturbed(tmp_path, {"fault": "F5", "variant": variant, "times": 1})
    stream = client.user_stream()
    client.order("BUY", "LONG", "0.1")
    told = [name for name, _ in events(stream)]
    calm = ["ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE", "TRADE_LITE", "ORDER_TRADE_UPDATE"]
    wanted = {
        "duplicate": [name for name in calm for _ in range(2)],
        "reverse": calm[::-1],
        "hold": calm[1:],
    }
    assert told == wanted[variant]
    client.order("BUY", "LONG", "0.1")
    more = [name for name, _ in events(stream)]
    assert more == (calm + calm[:1] if variant == "hold" else calm)
    assert struck(binance.faults) == [("F5", variant)]


@pytest.mark.parametrize(
    ("variant", "heard"),
    [("all", (False, False)), ("private", (False, True)), ("public", (True, False))],
)
def test_f6_sockets_stay_but_say_nothing(
    tmp_path: Path, variant: str, heard: tuple[bool, bool]
) -> None:
    """Requests are answered on; after its time the data comes again."""
    rule = {"fault": "F6", "variant": variant, "at_s": 1, "duration_s": 60}
    binance, client = disturbed(tmp_path, rule)
    stream = client.user_stream()
    public = binance.connect("/ws/btcusdt@aggTrade")
    assert public is not None
    pass_seconds(binance, 2)
    public.drain()
    client.order("BUY", "LONG", "0.1")
    go(binance.exchange, 0.5)
    assert (bool(stream.drain()), bool(public.drain())) == heard
    pass_seconds(binance, 60)
    client.order("BUY", "LONG", "0.1")
    go(binance.exchange, 1)
    assert stream.drain()
    assert public.drain()
    assert struck(binance.faults) == [("F6", variant)]


@pytest.mark.parametrize("variant", ["reset", "handshake"])
def test_f7_sockets_are_cut(tmp_path: Path, variant: str) -> None:
    """`handshake` refuses to let them in again for a while, and REST is a bad gateway."""
    rule = {"fault": "F7", "variant": variant, "at_s": 1, "duration_s": 5}
    binance, client = disturbed(tmp_path, rule)
    stream = client.user_stream()
    pass_seconds(binance, 2)
    assert stream.closing
    closed = variant == "handshake"
    assert (binance.connect("/ws") is None) is closed
    assert client.raw("GET", "/fapi/v1/time").status == (502 if closed else 200)
    pass_seconds(binance, 6)
    assert binance.connect("/ws") is not None
    assert struck(binance.faults) == [("F7", variant)]


@pytest.mark.parametrize("variant", ["skip", "unknown_level"])
def test_f8_a_book_breaks(tmp_path: Path, variant: str) -> None:
    """A missing event breaks the chain of pu and u; an unknown level is deleted."""
    binance, _ = disturbed(tmp_path, {"fault": "F8", "variant": variant, "times": 1})
    stream = binance.connect("/ws/btcusdt@depth")
    assert stream is not None
    told: list[Any] = []
    for minute in range(5):
        go(binance.exchange, 1)
        told += frames(stream)
        if not minute and variant == "skip":
            told = told[:1] if len(told) > 1 else told
    assert struck(binance.faults) == [("F8", variant)]
    unknown = [row for event in told for row in event["b"] if row == ["0.01", "0"]]
    assert len(unknown) == (variant == "unknown_level")
    if variant == "unknown_level":
        assert all(after["pu"] == before["u"] for before, after in pairwise(told))


def test_f8_best_prices_are_missed(tmp_path: Path) -> None:
    """An event of the best prices never arrives."""
    counts = []
    for rules in ((), ({"fault": "F8", "variant": "best", "times": 2},)):
        binance, _ = disturbed(tmp_path, *rules)
        stream = binance.connect("/ws/btcusdt@bookTicker")
        assert stream is not None
        go(binance.exchange, 5)
        counts.append(len(frames(stream)))
        assert struck(binance.faults) == [("F8", "best")] * 2 * len(rules)
    assert counts[0] - counts[1] == 2


@pytest.mark.parametrize("variant", FAULTS["F9"].variants["binance"])
def test_f9_a_request_is_refused_and_not_carried_out(tmp_path: Path, variant: str) -> None:
    """The status and code are the real ones; nothing happened."""
    binance, client = disturbed(tmp_path, {"fault": "F9", "variant": variant, "times": 1})
    reply = create(client)
    assert reply.status >= 400
    if variant not in ("403", "502"):
        assert json.loads(reply.body)["code"] == {"418": -1003, "503": -1000}.get(
            variant, int(variant)
        )
    assert not binance.exchange.accounts["KEY"].open_orders
    assert create(client).status == 200
    assert struck(binance.faults) == [("F9", variant)]


def test_f10_a_late_order_is_not_placed(tmp_path: Path) -> None:
    """-1021: it arrived beyond recvWindow."""
    binance, client = disturbed(tmp_path, {"fault": "F10", "times": 1})
    assert json.loads(create(client).body)["code"] == -1021
    assert not binance.exchange.accounts["KEY"].open_orders
    assert struck(binance.faults) == [("F10", "late")]


def test_f11_the_position_mode_is_switched_behind_the_client(tmp_path: Path) -> None:
    """An order with LONG is then -4061."""
    binance, client = disturbed(tmp_path, {"fault": "F11", "at_s": 1})
    pass_seconds(binance, 2)
    assert client.call("GET", "v1/positionSide/dual") == {"dualSidePosition": False}
    assert json.loads(create(client).body)["code"] == -4061
    assert struck(binance.faults) == [("F11", "one_way")]


def test_f12_the_leg_is_flat_when_the_closing_order_arrives(tmp_path: Path) -> None:
    """-2022, and the leg was closed by deleveraging."""
    binance, client = disturbed(tmp_path, {"fault": "F12", "times": 1})
    client.order("BUY", "LONG", "0.1")
    assert client.order("SELL", "LONG", "0.1")["code"] == -2022
    assert client.call("GET", "v3/positionRisk") == []
    assert struck(binance.faults) == [("F12", "flat")]


def test_f13_a_stop_outlives_its_leg(tmp_path: Path) -> None:
    """The leg is gone, the conditional order still rests."""
    binance, client = disturbed(tmp_path, {"fault": "F13", "at_s": 1})
    client.order("BUY", "LONG", "0.1")
    client.algo("STOP_MARKET", "SELL", "LONG", quantity="0.1", triggerPrice="50000")
    pass_seconds(binance, 2)
    (leg,) = client.call("GET", "v3/positionRisk")
    assert leg["positionAmt"] == "0.000"
    assert len(client.call("GET", "v1/openAlgoOrders")) == 1
    assert struck(binance.faults) == [("F13", "closed")]


def test_f14_resting_closing_orders_are_cut(tmp_path: Path) -> None:
    """The leg was halved behind them."""
    binance, client = disturbed(tmp_path, {"fault": "F14", "at_s": 1})
    client.order("BUY", "LONG", "0.1")
    client.order("SELL", "LONG", "0.1", price="61000")
    pass_seconds(binance, 2)
    (order,) = client.call("GET", "v1/openOrders")
    assert order["origQty"] == "0.050"
    assert struck(binance.faults) == [("F14", "half")]


def test_f16_the_history_is_shorter_than_the_position(tmp_path: Path) -> None:
    """Old fills are missing, the position is whole."""
    binance, client = disturbed(tmp_path, {"fault": "F16", "lag_ms": 60_000, "times": 1})
    client.order("BUY", "LONG", "0.1")
    pass_seconds(binance, 300)
    client.order("BUY", "LONG", "0.2")
    assert [row["qty"] for row in client.call("GET", "v1/userTrades", symbol="BTCUSDT")] == [
        "0.200"
    ]
    assert client.call("GET", "v3/positionRisk")[0]["positionAmt"] == "0.300"
    assert struck(binance.faults) == [("F16", "short")]


@pytest.mark.parametrize("variant", ["refuse", "restart"])
def test_f17_a_maintenance_passes(tmp_path: Path, variant: str) -> None:
    """New orders are refused, or all is away; then it is as before."""
    rule = {"fault": "F17", "variant": variant, "at_s": 1, "duration_s": 5}
    binance, client = disturbed(tmp_path, rule)
    stream = client.user_stream()
    pass_seconds(binance, 2)
    assert create(client).status == (503 if variant == "refuse" else 502)
    assert stream.closing is (variant == "restart")
    assert client.raw("GET", "/fapi/v1/time").status == (200 if variant == "refuse" else 502)
    pass_seconds(binance, 6)
    assert create(client).status == 200
    assert struck(binance.faults) == [("F17", variant)]


def test_f18_an_order_is_filled_in_pieces(tmp_path: Path) -> None:
    """Several trades, one order; the sum is whole."""
    binance, client = disturbed(tmp_path, {"fault": "F18", "pieces": 5, "times": 1})
    client.order("BUY", "LONG", "0.1")
    trades = client.call("GET", "v1/userTrades", symbol="BTCUSDT")
    assert len(trades) == 5
    assert client.call("GET", "v3/positionRisk")[0]["positionAmt"] == "0.100"
    assert struck(binance.faults) == [("F18", "pieces")]


def test_faults_strike_orders_by_websocket_too(tmp_path: Path) -> None:
    """A lost answer takes the socket with it; a refusal is an answer with its code."""
    rules = [{"fault": "F9", "variant": "-1008", "times": 1}, {"fault": "F1", "times": 1}]
    binance, client = disturbed(tmp_path, *rules)
    socket = binance.connect("/ws-fapi/v1")
    assert socket is not None
    fields: dict[str, Any] = {"symbol": "BTCUSDT", "side": "BUY", "positionSide": "LONG"}
    fields |= {"type": "LIMIT", "timeInForce": "GTC", "quantity": "0.1", "price": "59000"}
    for number in range(2):
        params = {**fields, "apiKey": "KEY", "timestamp": binance.exchange.clock.wall_ms}
        text = "&".join(f"{name}={params[name]}" for name in sorted(params))
        params["signature"] = client.sign(text)
        message = {"id": str(number), "method": "order.place", "params": params}
        binance.receive(socket, json.dumps(message).encode())
    (answer,) = frames(socket)
    assert (answer["status"], answer["error"]["code"]) == (503, -1008)
    assert socket.closing
    assert len(binance.exchange.accounts["KEY"].open_orders) == 1
    assert struck(binance.faults) == [("F9", "-1008"), ("F1", "closed")]


def test_the_faults_that_struck_can_be_asked_for(tmp_path: Path) -> None:
    """Whoever judges a client reads them from the exchange."""
    _, client = disturbed(tmp_path, {"fault": "F10", "times": 1})
    create(client)
    (hit,) = json.loads(client.raw("GET", "/simulator/faults").body)
    assert (hit["fault"], hit["what"]) == ("F10", "POST /fapi/v1/order")
