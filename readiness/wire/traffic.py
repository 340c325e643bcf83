"""What a bot did on the wire, taken out of a recording: commands, requests, and sockets.

Bybit V5 words: a command is an order to create, amend or cancel, or a stop set on a leg, whether it
came as a request or as a frame. `code` is the exchange's `retCode`, None where no answer was given.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Command", "Request", "Socket", "Traffic", "read_traffic"]

_KINDS = {
    "/v5/order/create": "create",
    "/v5/order/create-batch": "create",
    "/v5/order/amend": "amend",
    "/v5/order/cancel": "cancel",
    "/v5/position/trading-stop": "stop",
    "order.create": "create",
    "order.create-batch": "create",
    "order.amend": "amend",
    "order.cancel": "cancel",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One order or stop as it was sent."""

    ts_us: int
    kind: str
    told: Mapping[str, Any]
    code: int | None

    @property
    def leg(self) -> tuple[str, int]:
        """Symbol and position index; an index that is missing or no number is 0, as on Bybit."""
        given = str(self.told.get("positionIdx", 0))
        return str(self.told.get("symbol", "")), int(given) if given.isdigit() else 0

    @property
    def is_reducing(self) -> bool:
        """Whether the order says that it may only reduce."""
        return bool(self.told.get("reduceOnly")) or bool(self.told.get("closeOnTrigger"))

    @property
    def closes(self) -> bool:
        """Whether the order's side closes its leg: sell on the long one, buy on the short one."""
        return (self.leg[1], self.told.get("side")) in {(1, "Sell"), (2, "Buy")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request and how it was answered; `code` is None where the answer was lost."""

    ts_us: int
    method: str
    path: str
    status: int
    code: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket:
    """One socket: when it opened, and the first subscription on it, None without one."""

    ts_us: int
    path: str
    subscribed_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """One session in order of time; `hits` counts the faults that struck, by their name.

    `streamed` says when the private socket first told the bot of an order, by its orderLinkId.
    """

    ended_us: int
    commands: tuple[Command, ...]
    requests: tuple[Request, ...]
    sockets: tuple[Socket, ...]
    hits: Mapping[str, int]
    streamed: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Reading:
    """What is gathered while a recording is read."""

    ended_us: int = 0
    commands: list[Command] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    opened: dict[str, tuple[int, str]] = field(default_factory=dict)
    subscribed: dict[str, int] = field(default_factory=dict)
    asked: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    hits: dict[str, int] = field(default_factory=dict)
    streamed: dict[str, int] = field(default_factory=dict)


def read_traffic(events: Iterable[Mapping[str, Any]]) -> Traffic:
    """The traffic of the events of one recording; what is no Bybit command is left out."""
    reading = _Reading()
    for event in events:
        reading.ended_us = max(reading.ended_us, int(event["wall_us"]))
        kind = event["kind"]
        if kind == "request":
            _request(reading, event)
        elif kind == "open":
            reading.opened[event["socket"]] = (event["wall_us"], event["path"])
        elif kind in {"in", "out"}:
            _frame(reading, event)
        elif kind == "faults":
            for hit in event["hits"]:
                name = str(hit.get("fault", ""))
                reading.hits[name] = reading.hits.get(name, 0) + 1
    return Traffic(
        ended_us=reading.ended_us,
        commands=tuple(reading.commands),
        requests=tuple(reading.requests),
        sockets=tuple(
            Socket(ts_us=ts_us, path=path, subscribed_us=reading.subscribed.get(socket))
            for socket, (ts_us, path) in reading.opened.items()
        ),
        hits=reading.hits,
        streamed=reading.streamed,
    )


def _request(reading: _Reading, event: Mapping[str, Any]) -> None:
    path, reply = event["target"].partition("?")[0], event["reply"]
    body = _mapping(reply["body"].get("text", ""))
    code = None if reply["lost"] or not isinstance(body.get("retCode"), int) else body["retCode"]
    ts_us = event["wall_us"]
    if path.startswith("/v5/"):
        request = Request(
            ts_us=ts_us, method=event["method"], path=path, status=reply["status"], code=code
        )
        reading.requests.append(request)
    kind = _KINDS.get(path) if event["method"] == "POST" else None
    if kind is not None:
        told = _mapping(event["body"].get("text", ""))
        for one in _orders(told):
            reading.commands.append(Command(ts_us=ts_us, kind=kind, told=one, code=code))


def _frame(reading: _Reading, event: Mapping[str, Any]) -> None:
    told = _mapping(event["frame"].get("text", ""))
    socket, kind = event["socket"], _KINDS.get(str(told.get("op")))
    if event["kind"] == "in" and told.get("op") == "subscribe":
        reading.subscribed.setdefault(socket, event["wall_us"])
    if event["kind"] == "out" and told.get("topic") in {"order", "execution"}:
        _streamed(reading, told.get("data"), event["wall_us"])
    if kind is None:
        return
    asked = (socket, str(told.get("reqId", "")))
    if event["kind"] == "in":
        arguments = told.get("args")
        for one in arguments if isinstance(arguments, list) else []:
            for order in _orders(one if isinstance(one, dict) else {}):
                command = Command(ts_us=event["wall_us"], kind=kind, told=order, code=None)
                reading.asked.setdefault(asked, []).append(len(reading.commands))
                reading.commands.append(command)
    elif isinstance(told.get("retCode"), int):
        for place in reading.asked.pop(asked, []):
            sent = reading.commands[place]
            reading.commands[place] = Command(
                ts_us=sent.ts_us, kind=sent.kind, told=sent.told, code=told["retCode"]
            )


def _streamed(reading: _Reading, rows: object, ts_us: int) -> None:
    for row in rows if isinstance(rows, list) else []:
        name = row.get("orderLinkId") if isinstance(row, dict) else None
        if isinstance(name, str) and name:
            reading.streamed.setdefault(name, ts_us)


def _orders(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The orders of a command: itself, or those of a batch."""
    batch = told.get("request")
    return [one for one in batch if isinstance(one, dict)] if isinstance(batch, list) else [told]


def _mapping(text: str) -> dict[str, Any]:
    """A JSON object; {} for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
