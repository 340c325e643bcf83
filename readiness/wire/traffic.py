"""Reads what bots did out of a recording, whatever exchange it was at.

Of everything that passed only what can be judged is kept (`kept_events`): the recording of a minute
holds tens of thousands of frames of market data, of which one a second is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from readiness.wire.languages.binance import BINANCE
from readiness.wire.languages.bybit import BYBIT
from readiness.wire.languages.language import Language, as_json, as_mapping, text_of
from readiness.wire.languages.okx import OKX
from readiness.wire.words import Command, Held, Request, Resting, Socket, State, Traffic

__all__ = ["LANGUAGES", "Event", "kept_events", "order_place", "read_traffic"]

Event = Mapping[str, Any]
VOLATILE = {"timestamp", "signature", "recvWindow"}
LANGUAGES: Mapping[str, Language] = {one.name: one for one in (BYBIT, BINANCE, OKX)}


def kept_events(events: Iterable[Event]) -> list[Event]:
    """The events that the judge looks at; market data thinned to a frame a second and socket."""
    kept: list[Event] = []
    roles: dict[str, str] = {}
    seen: dict[str, int] = {}
    for event in events:
        kind = event["kind"]
        if kind == "open":
            roles[event["socket"]] = LANGUAGES[event["exchange"]].role(event["path"])
        if kind == "out" and roles.get(event["socket"]) in {"public", "business"}:
            second = event["wall_us"] // 1_000_000
            is_data = LANGUAGES[event["exchange"]].is_data(event["frame"].get("text", ""))
            if not is_data or seen.get(event["socket"]) == second:
                continue
            seen[event["socket"]] = second
        kept.append(event)
    return kept


def order_place(language: Language, event: Event) -> str:
    """The place that an event gives a command at; "" for one that gives none."""
    if event["kind"] == "request":
        place = f"{event['method']} {event['target'].partition('?')[0]}"
    elif event["kind"] == "in":
        frame = as_mapping(event["frame"].get("text", ""))
        place = language.socket_places.get(text_of(frame, "op", "method"), "")
    else:
        return ""
    return place if place in language.places else ""


@dataclass(slots=True)
class _Reading:
    """What is gathered while the events of one exchange are read."""

    language: Language
    ended_us: int = 0
    commands: list[Command] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    sockets: dict[str, Socket] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    logged_in: set[str] = field(default_factory=set)
    asked: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    states: list[State] = field(default_factory=list)
    hits: dict[str, list[int]] = field(default_factory=dict)
    streamed: dict[str, int] = field(default_factory=dict)
    data_us: list[int] = field(default_factory=list)
    refused: dict[str, list[int]] = field(default_factory=dict)


def read_traffic(
    events: Iterable[Event],
    exchange: str = "bybit",
    *,
    mode: str = "hedge",
    starts_us: Sequence[int] = (),
) -> Traffic:
    """The traffic of one exchange; what is no command there is left out."""
    reading = _Reading(language=LANGUAGES[exchange])
    readers = {
        "request": _request,
        "open": _open,
        "close": _close,
        "in": _frame_in,
        "out": _frame_out,
        "truth": _truth,
        "refused": _refused,
        "faults": _faults,
    }
    for event in events:
        if event["exchange"] == exchange and event["kind"] in readers:
            reading.ended_us = max(reading.ended_us, int(event["wall_us"]))
            readers[event["kind"]](reading, event)
    return Traffic(
        exchange=exchange,
        mode=mode,
        ended_us=reading.ended_us,
        commands=tuple(sorted(reading.commands, key=lambda one: one.ts_us)),
        requests=tuple(reading.requests),
        sockets=tuple(reading.sockets.values()),
        states=tuple(sorted(reading.states, key=lambda one: one.ts_us)),
        hits={name: tuple(times) for name, times in reading.hits.items()},
        streamed=reading.streamed,
        data_us=tuple(reading.data_us),
        refused_us={role: tuple(times) for role, times in reading.refused.items()},
        starts_us=tuple(starts_us),
    )


def _request(reading: _Reading, event: Event) -> None:
    language, reply = reading.language, event["reply"]
    path, _, query = event["target"].partition("?")
    place, ts_us = f"{event['method']} {path}", event["wall_us"]
    body = None if reply["lost"] else as_json(reply["body"].get("text", ""))
    is_read = place in language.reads
    orders = language.told(event) if place in language.places else []
    commands = [language.command(language.places[place], ts_us, told) for told in orders]
    reading.requests.append(
        Request(
            ts_us=ts_us,
            place=place,
            status=reply["status"],
            what=_what(commands, query),
            is_limited=language.is_limited(reply["status"], body),
            is_answered=body is not None,
            reads=language.reads.get(place, frozenset()),
            about=language.asked(dict(parse_qsl(query))) if is_read else "",
        )
    )
    for index, command in enumerate(commands):
        fate = language.fate(reply["status"] if not reply["lost"] else 0, body, index)
        reading.commands.append(replace(command, fate=fate))


def _what(commands: Sequence[Command], query: str) -> str:
    if commands:
        shapes = [(one.symbol, one.leg, one.side, one.qty, one.stop) for one in commands]
        return str(shapes)
    return "&".join(f"{key}={text}" for key, text in parse_qsl(query) if key not in VOLATILE)


def _open(reading: _Reading, event: Event) -> None:
    role = reading.language.role(event["path"])
    is_again = reading.closed.get(role, 0) > 0
    reading.closed[role] = max(0, reading.closed.get(role, 0) - 1)
    carries = "listenKey=" in event["path"] or "streams=" in event["path"]
    named = reading.language.name == "binance" and (carries or role == "private")
    subscribed_us = event["wall_us"] if named else None
    socket = Socket(
        ts_us=event["wall_us"], role=role, subscribed_us=subscribed_us, is_again=is_again
    )
    reading.sockets[event["socket"]] = socket


def _close(reading: _Reading, event: Event) -> None:
    socket = reading.sockets.get(event["socket"])
    if socket is not None:
        reading.closed[socket.role] = reading.closed.get(socket.role, 0) + 1


def _frame_in(reading: _Reading, event: Event) -> None:
    language, socket = reading.language, event["socket"]
    frame = as_mapping(event["frame"].get("text", ""))
    if frame.get("op") == "login":
        reading.logged_in.add(socket)
    opened = reading.sockets.get(socket)
    if opened is not None and opened.subscribed_us is None and language.subscribes(frame):
        needs_login = language.needs_login and opened.role == "private"
        if not needs_login or socket in reading.logged_in:
            reading.sockets[socket] = replace(opened, subscribed_us=event["wall_us"])
    place = order_place(language, event)
    if not place:
        return
    asked = (socket, text_of(frame, "reqId", "id"))
    for told in language.told(event):
        command = language.command(language.places[place], event["wall_us"], told)
        reading.asked.setdefault(asked, []).append(len(reading.commands))
        reading.commands.append(command)


def _frame_out(reading: _Reading, event: Event) -> None:
    socket = reading.sockets.get(event["socket"])
    if socket is not None and socket.role in {"public", "business"}:
        reading.data_us.append(event["wall_us"])
        return
    frame = as_json(event["frame"].get("text", ""))
    for name in reading.language.names(frame):
        if name:
            reading.streamed.setdefault(name, event["wall_us"])
    if not isinstance(frame, dict):
        return
    status = frame.get("status", 200)
    places = reading.asked.pop((event["socket"], text_of(frame, "reqId", "id")), [])
    for index, place in enumerate(places):
        fate = reading.language.fate(status if isinstance(status, int) else 200, frame, index)
        reading.commands[place] = replace(reading.commands[place], fate=fate)


def _truth(reading: _Reading, event: Event) -> None:
    reading.states.append(
        State(
            ts_us=event["wall_us"],
            legs=tuple(
                Held(
                    symbol=leg["symbol"],
                    leg=leg["leg"],
                    side=leg["side"],
                    qty=Decimal(leg["qty"]),
                    covered=Decimal(leg["covered"]),
                )
                for leg in event["legs"]
            ),
            orders=tuple(
                Resting(
                    order_id=order["id"],
                    name=order["name"],
                    symbol=order["symbol"],
                    leg=order["leg"],
                    side=order["side"],
                    closes=order["closes"],
                )
                for order in event["orders"]
            ),
        )
    )


def _refused(reading: _Reading, event: Event) -> None:
    role = reading.language.role(event["path"])
    reading.refused.setdefault(role, []).append(event["wall_us"])


def _faults(reading: _Reading, event: Event) -> None:
    for hit in event["hits"]:
        if hit.get("what", "").startswith("0 sockets"):
            continue  # A fault of sockets where there are none strikes nobody.
        reading.hits.setdefault(str(hit.get("fault", "")), []).append(int(hit["wall_ms"]) * 1000)
