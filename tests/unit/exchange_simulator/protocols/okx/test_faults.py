"""Each fault that has a meaning on OKX strikes as declared and is recorded once."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from exchange_simulator.fault_kinds import FAULTS
from exchange_simulator.protocols.okx.protocol import Okx
from tests.unit.exchange_simulator.builders import frames, go
from tests.unit.exchange_simulator.fault_plans import plan, quiet_market, struck
from tests.unit.exchange_simulator.protocols.okx.speaking import PAIR, Speaker, codes

LIMIT = {"px": "59000", "clOrdId": "a"}
NAMED = {"instId": PAIR, "clOrdId": "a"}
ORDERS = {"channel": "orders", "instType": "SWAP"}


def disturbed(tmp_path: Path, *rules: dict[str, Any]) -> tuple[Okx, Speaker]:
    """A quiet market under a plan."""
    okx = Okx(quiet_market(), limits_on=False, plan=plan(tmp_path, *rules))
    return okx, Speaker(okx)


def pass_seconds(okx: Okx, seconds: float) -> None:
    """Let time pass."""
    okx.advance(okx.exchange.clock.wall_us + int(seconds * 1e6))


def create(client: Speaker, **more: str) -> Any:
    """Send a resting order and return the raw reply."""
    fields = {"instId": PAIR, "tdMode": "cross", "side": "buy", "posSide": "long", "sz": "10"}
    body = json.dumps({**fields, "ordType": "limit", **LIMIT, **more}).encode()
    return client.raw("POST", "/api/v5/trade/order", body)


def state(client: Speaker) -> str:
    """The state of the order of our id, or the code of its absence."""
    envelope = client.get("trade/order", **NAMED)
    return str(envelope["data"][0]["state"] if envelope["data"] else envelope["code"])


@pytest.mark.parametrize("variant", ["closed", "delayed"])
def test_f1_the_order_exists_though_its_answer_was_lost(tmp_path: Path, variant: str) -> None:
    """No answer, or one far too late; the order is found by its client id."""
    okx, client = disturbed(tmp_path, {"fault": "F1", "variant": variant, "times": 1})
    reply = create(client)
    assert (reply.lost, reply.delay_ms > 10_000) == (variant == "closed", variant == "delayed")
    assert state(client) == "live"
    assert struck(okx.faults) == [("F1", variant)]


@pytest.mark.parametrize("variant", FAULTS["F2"].variants["okx"])
def test_f2_an_error_that_says_nothing_hides_an_accepted_order(
    tmp_path: Path, variant: str
) -> None:
    """A resend under the same id proves the first accept by 51016."""
    okx, client = disturbed(tmp_path, {"fault": "F2", "variant": variant, "times": 1})
    reply = create(client)
    assert (reply.status >= 400, json.loads(reply.body)["code"]) == (True, variant)
    assert codes(json.loads(create(client).body)) == ("1", ["51016"])
    assert struck(okx.faults) == [("F2", variant)]


def test_f2_leaves_refusals_as_they_are(tmp_path: Path) -> None:
    """Only what was accepted can be answered so."""
    okx, client = disturbed(tmp_path, {"fault": "F2"})
    assert codes(json.loads(create(client, posSide="net").body)) == ("1", ["51000"])
    assert struck(okx.faults) == []


def test_f3_a_stale_read_misses_the_newest_order(tmp_path: Path) -> None:
    """A list is shorter, a single order is 51603; a moment later it is there."""
    okx, client = disturbed(tmp_path, {"fault": "F3", "lag_ms": 2000, "times": 2})
    pass_seconds(okx, 60)
    create(client)
    assert client.get("trade/orders-pending")["data"] == []
    assert state(client) == "51603"
    assert state(client) == "live"
    assert struck(okx.faults) == [("F3", "lag")] * 2


@pytest.mark.parametrize("variant", ["late", "gone"])
def test_f4_a_cancel_is_answered_before_its_truth(tmp_path: Path, variant: str) -> None:
    """`late` acknowledges first and cancels after; `gone` denies an order that lives."""
    okx, client = disturbed(tmp_path, {"fault": "F4", "variant": variant, "times": 1})
    create(client)
    late = variant == "late"
    answer = client.post("trade/cancel-order", **NAMED)
    assert codes(answer) == (("0", ["0"]) if late else ("1", ["51400"]))
    assert state(client) == "live"
    pass_seconds(okx, 2)
    assert state(client) == ("canceled" if late else "live")
    assert struck(okx.faults) == [("F4", variant)]


@pytest.mark.parametrize("variant", ["duplicate", "reverse", "hold"])
def test_f5_private_frames_are_disturbed(tmp_path: Path, variant: str) -> None:
    """Twice, backwards, or one kept until the next operation; nothing is lost for good."""
    okx, client = disturbed(tmp_path, {"fault": "F5", "variant": variant, "times": 1})
    socket = client.socket("private", ORDERS)
    client.order("buy", "long", "10")
    told = [frame["data"][0]["state"] for frame in frames(socket)]
    wanted = {
        "duplicate": ["live", "live", "filled", "filled"],
        "reverse": ["filled", "live"],
        "hold": ["filled"],
    }
    assert told == wanted[variant]
    client.order("buy", "long", "10")
    more = [frame["data"][0]["state"] for frame in frames(socket)]
    assert more == (["live", "filled", "live"] if variant == "hold" else ["live", "filled"])
    assert struck(okx.faults) == [("F5", variant)]


@pytest.mark.parametrize(
    ("variant", "heard"),
    [("all", (False, False)), ("private", (False, True)), ("public", (True, False))],
)
def test_f6_sockets_stay_but_say_nothing(
    tmp_path: Path, variant: str, heard: tuple[bool, bool]
) -> None:
    """A ping is answered; after its time the data comes again."""
    rule = {"fault": "F6", "variant": variant, "at_s": 1, "duration_s": 60}
    okx, client = disturbed(tmp_path, rule)
    private = client.socket("private", ORDERS)
    public = client.socket("public", {"channel": "trades", "instId": PAIR})
    pass_seconds(okx, 2)
    public.drain()
    client.order("buy", "long", "10")
    go(okx.exchange, 0.5)
    assert (bool(private.drain()), bool(public.drain())) == heard
    okx.receive(private, b"ping")
    assert private.drain() == [b"pong"]
    pass_seconds(okx, 60)
    client.order("buy", "long", "10")
    go(okx.exchange, 1)
    assert private.drain()
    assert public.drain()
    assert struck(okx.faults) == [("F6", variant)]


@pytest.mark.parametrize("variant", ["reset", "handshake"])
def test_f7_sockets_are_cut(tmp_path: Path, variant: str) -> None:
    """`handshake` refuses to let them in again for a while, and REST is a bad gateway."""
    rule = {"fault": "F7", "variant": variant, "at_s": 1, "duration_s": 5}
    okx, client = disturbed(tmp_path, rule)
    socket = client.socket("private", ORDERS)
    pass_seconds(okx, 2)
    assert socket.closing
    closed = variant == "handshake"
    assert (okx.connect("/ws/v5/public") is None) is closed
    assert client.raw("GET", "/api/v5/public/time").status == (502 if closed else 200)
    pass_seconds(okx, 6)
    assert okx.connect("/ws/v5/public") is not None
    assert struck(okx.faults) == [("F7", variant)]


@pytest.mark.parametrize("variant", ["skip", "unknown_level"])
def test_f8_a_book_breaks(tmp_path: Path, variant: str) -> None:
    """A missing update breaks the chain of seqIds; an unknown level is deleted."""
    okx, client = disturbed(tmp_path, {"fault": "F8", "variant": variant, "times": 1})
    socket = client.socket("public")
    client.say(socket, op="subscribe", args=[{"channel": "books", "instId": PAIR}])
    for _ in range(5):
        go(okx.exchange, 1)
    told = [frame["data"][0] for frame in frames(socket) if frame.get("data")]
    broken = [1 for before, after in pairwise(told) if after["prevSeqId"] != before["seqId"]]
    unknown = [row for event in told for row in event["bids"] if row[0] == "0.01"]
    assert (len(broken), len(unknown)) == ((1, 0) if variant == "skip" else (0, 1))
    assert struck(okx.faults) == [("F8", variant)]


def test_f8_best_prices_are_missed(tmp_path: Path) -> None:
    """A row of the tickers never arrives."""
    counts = []
    for rules in ((), ({"fault": "F8", "variant": "best", "times": 2},)):
        okx, client = disturbed(tmp_path, *rules)
        socket = client.socket("public")
        client.say(socket, op="subscribe", args=[{"channel": "tickers", "instId": PAIR}])
        go(okx.exchange, 5)
        counts.append(len([frame for frame in frames(socket) if frame.get("data")]))
        assert struck(okx.faults) == [("F8", "best")] * 2 * len(rules)
    assert counts[0] - counts[1] == 2


@pytest.mark.parametrize("variant", FAULTS["F9"].variants["okx"])
def test_f9_a_request_is_refused_and_not_carried_out(tmp_path: Path, variant: str) -> None:
    """The status and code are the real ones; nothing happened."""
    okx, client = disturbed(tmp_path, {"fault": "F9", "variant": variant, "times": 1})
    reply = create(client)
    assert reply.status >= 400
    if variant != "502":
        assert json.loads(reply.body)["code"] == variant
    assert not okx.exchange.accounts["KEY"].open_orders
    assert codes(json.loads(create(client).body)) == ("0", ["0"])
    assert struck(okx.faults) == [("F9", variant)]


def test_f10_a_late_order_is_not_placed(tmp_path: Path) -> None:
    """50102: its timestamp had expired."""
    okx, client = disturbed(tmp_path, {"fault": "F10", "times": 1})
    reply = create(client)
    assert (reply.status, json.loads(reply.body)["code"]) == (401, "50102")
    assert not okx.exchange.accounts["KEY"].open_orders
    assert struck(okx.faults) == [("F10", "late")]


def test_f11_the_position_mode_is_switched_behind_the_client(tmp_path: Path) -> None:
    """An order with posSide long is then 51000."""
    okx, client = disturbed(tmp_path, {"fault": "F11", "at_s": 1})
    pass_seconds(okx, 2)
    assert client.get("account/config")["data"][0]["posMode"] == "net_mode"
    assert codes(json.loads(create(client).body)) == ("1", ["51000"])
    assert struck(okx.faults) == [("F11", "one_way")]


def test_f12_the_leg_is_flat_when_the_closing_order_arrives(tmp_path: Path) -> None:
    """51023, and the leg was closed by deleveraging."""
    okx, client = disturbed(tmp_path, {"fault": "F12", "times": 1})
    client.order("buy", "long", "10")
    assert codes(client.order("sell", "long", "10")) == ("1", ["51023"])
    assert client.get("account/positions")["data"] == []
    assert struck(okx.faults) == [("F12", "flat")]


def test_f13_a_stop_outlives_its_leg(tmp_path: Path) -> None:
    """The leg is gone, the algo order still rests."""
    okx, client = disturbed(tmp_path, {"fault": "F13", "at_s": 1})
    client.order("buy", "long", "10")
    client.algo("conditional", "sell", "long", slTriggerPx="50000", slOrdPx="-1")
    pass_seconds(okx, 2)
    assert client.get("account/positions")["data"] == []
    assert len(client.get("trade/orders-algo-pending", ordType="conditional")["data"]) == 1
    assert struck(okx.faults) == [("F13", "closed")]


def test_f14_resting_closing_orders_are_cut(tmp_path: Path) -> None:
    """The leg was halved behind them."""
    okx, client = disturbed(tmp_path, {"fault": "F14", "at_s": 1})
    client.order("buy", "long", "10")
    client.order("sell", "long", "10", px="61000")
    pass_seconds(okx, 2)
    (order,) = client.get("trade/orders-pending")["data"]
    assert order["sz"] == "5"
    assert struck(okx.faults) == [("F14", "half")]


def test_f16_the_history_is_shorter_than_the_position(tmp_path: Path) -> None:
    """Old fills are missing, the position is whole."""
    okx, client = disturbed(tmp_path, {"fault": "F16", "lag_ms": 60_000, "times": 1})
    client.order("buy", "long", "10")
    pass_seconds(okx, 300)
    client.order("buy", "long", "20")
    assert [row["fillSz"] for row in client.get("trade/fills")["data"]] == ["20"]
    assert client.get("account/positions")["data"][0]["pos"] == "30"
    assert struck(okx.faults) == [("F16", "short")]


@pytest.mark.parametrize("variant", ["refuse", "restart"])
def test_f17_a_maintenance_passes(tmp_path: Path, variant: str) -> None:
    """Sockets get a notice; new orders are refused, or all is away; then it is as before."""
    rule = {"fault": "F17", "variant": variant, "at_s": 1, "duration_s": 5}
    okx, client = disturbed(tmp_path, rule)
    socket = client.socket("private", ORDERS)
    pass_seconds(okx, 2)
    assert [frame["code"] for frame in frames(socket)] == ["64008"]
    assert create(client).status == (503 if variant == "refuse" else 502)
    assert socket.closing is (variant == "restart")
    pass_seconds(okx, 6)
    assert codes(json.loads(create(client).body)) == ("0", ["0"])
    assert struck(okx.faults) == [("F17", variant)]


def test_f18_an_order_is_filled_in_pieces(tmp_path: Path) -> None:
    """Several fills, one order; the sum is whole."""
    okx, client = disturbed(tmp_path, {"fault": "F18", "pieces": 5, "times": 1})
    client.order("buy", "long", "10")
    assert len(client.get("trade/fills")["data"]) == 5
    assert client.get("account/positions")["data"][0]["pos"] == "10"
    assert struck(okx.faults) == [("F18", "pieces")]


def test_faults_strike_orders_by_websocket_too(tmp_path: Path) -> None:
    """A lost answer takes the socket with it; a refusal is an answer with its code."""
    rules = [{"fault": "F9", "variant": "50013", "times": 1}, {"fault": "F1", "times": 1}]
    okx, client = disturbed(tmp_path, *rules)
    socket = client.socket("private")
    order = {"instId": PAIR, "tdMode": "cross", "side": "buy", "posSide": "long", "sz": "10"}
    for number in ("1", "2"):
        args = [{**order, "ordType": "limit", "px": "59000"}]
        client.say(socket, id=number, op="order", args=args)
    (answer,) = frames(socket)
    assert (answer["id"], answer["code"]) == ("1", "50013")
    assert socket.closing
    assert len(okx.exchange.accounts["KEY"].open_orders) == 1
    assert struck(okx.faults) == [("F9", "50013"), ("F1", "closed")]


def test_the_faults_that_struck_can_be_asked_for(tmp_path: Path) -> None:
    """Whoever judges a client reads them from the exchange."""
    _, client = disturbed(tmp_path, {"fault": "F10", "times": 1})
    create(client)
    (hit,) = json.loads(client.raw("GET", "/simulator/faults").body)
    assert (hit["fault"], hit["what"]) == ("F10", "POST /api/v5/trade/order")
