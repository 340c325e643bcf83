"""Reading a recording: commands of both kinds with their answers, sockets, and faults."""

from __future__ import annotations

import json
from typing import Any

from readiness.wire.traffic import read_traffic


def request(path: str, told: Any, reply: Any, *, lost: bool = False, at_us: int = 1) -> Any:
    """An event of a recording: a request and its reply."""
    return {
        "kind": "request",
        "wall_us": at_us,
        "method": "POST",
        "target": path,
        "body": {"text": told if isinstance(told, str) else json.dumps(told)},
        "reply": {"status": 200, "lost": lost, "body": {"text": json.dumps(reply)}},
    }


def frame(kind: str, told: Any, at_us: int = 1, socket: str = "s") -> Any:
    """An event of a recording: a frame of the bot or of the exchange."""
    return {"kind": kind, "wall_us": at_us, "socket": socket, "frame": {"text": json.dumps(told)}}


ORDER = {"symbol": "BTCUSDT", "side": "Sell", "qty": "1", "positionIdx": 1, "reduceOnly": True}


def test_requests_become_commands_with_the_exchanges_code() -> None:
    """An order, and each order of a batch, with what the exchange answered."""
    traffic = read_traffic(
        [
            request("/v5/order/create", ORDER, {"retCode": 0}),
            request("/v5/order/create-batch?x=1", {"request": [ORDER, ORDER]}, {"retCode": 10006}),
            request("/v5/position/trading-stop", ORDER, {"retCode": 0}),
            request("/v5/user/query-api", {}, {"retCode": 0}),
        ]
    )
    assert [(one.kind, one.code) for one in traffic.commands] == [
        *(("create", 0), ("create", 10006), ("create", 10006), ("stop", 0)),
    ]
    assert len(traffic.requests) == 4
    first = traffic.commands[0]
    assert (first.leg, first.closes, first.is_reducing) == (("BTCUSDT", 1), True, True)


def test_a_lost_answer_is_no_answer() -> None:
    """What the exchange said is not what the bot heard."""
    (command,) = read_traffic(
        [request("/v5/order/create", ORDER, {"retCode": 0}, lost=True)]
    ).commands
    assert command.code is None


def test_frames_meet_their_answers_by_socket_and_number() -> None:
    """An answer on another socket, or to another number, is not this order's."""
    sent = {"reqId": "7", "op": "order.create", "args": [ORDER]}
    answer = {"reqId": "7", "op": "order.create", "retCode": 110007}
    traffic = read_traffic(
        [
            frame("in", sent, 1, "a"),
            frame("in", sent, 2, "b"),
            frame("out", answer, 3, "b"),
            frame("out", {**answer, "reqId": "8"}, 4, "a"),
        ]
    )
    assert [(one.ts_us, one.code) for one in traffic.commands] == [(1, None), (2, 110007)]


def test_sockets_know_when_they_were_subscribed() -> None:
    """The first subscription counts, and one that never came is unknown."""
    opened = [
        {"kind": "open", "wall_us": at, "socket": name, "path": "/v5/private"}
        for at, name in ((1, "a"), (9, "b"))
    ]
    told = frame("in", {"op": "subscribe", "args": ["order"]}, 3, "a")
    sockets = read_traffic([*opened, told, frame("in", {"op": "subscribe"}, 5, "a")]).sockets
    assert [(one.ts_us, one.subscribed_us) for one in sockets] == [(1, 3), (9, None)]


def test_faults_that_struck_are_counted() -> None:
    """Each kind by its name; the last event's time ends the session."""
    hits = [{"fault": "F1"}, {"fault": "F1"}, {"fault": "F7"}]
    traffic = read_traffic([{"kind": "faults", "wall_us": 12, "hits": hits}])
    assert (dict(traffic.hits), traffic.ended_us) == ({"F1": 2, "F7": 1}, 12)


def test_what_is_no_json_or_of_another_shape_is_left_out() -> None:
    """A bot may send anything: nothing of it ends the judge."""
    strange = [
        request("/v5/order/create", "no json", {"retCode": "0"}),
        request("/v5/order/create-batch", {"request": ["x", 3]}, []),
        frame("in", ["op"]),
        frame("in", {"op": "order.create", "args": "x"}),
        frame("in", {"op": "order.create", "args": [3]}),
        frame("out", {"op": "order.create", "retCode": 0}),
        {"kind": "in", "wall_us": 1, "socket": "s", "frame": {"base64": "AA=="}},
    ]
    traffic = read_traffic(strange)
    assert [command.told for command in traffic.commands] == [{}, {}]
    assert [command.leg for command in traffic.commands] == [("", 0), ("", 0)]


def test_the_private_stream_tells_of_orders() -> None:
    """The first frame that names an order counts; rows without a name, or of no shape, do not."""
    rows = [{"orderLinkId": "a"}, {"orderLinkId": ""}, {}, 3]
    traffic = read_traffic(
        [
            frame("out", {"topic": "execution", "data": rows}, 4),
            frame("out", {"topic": "order", "data": rows}, 5),
            frame("out", {"topic": "order", "data": "x"}, 6),
            frame("out", {"topic": "tickers", "data": [{"orderLinkId": "b"}]}, 7),
        ]
    )
    assert dict(traffic.streamed) == {"a": 4}
