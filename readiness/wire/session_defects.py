"""Mistakes around sockets and in what stands at the exchange: bare legs, orphans, reconnection."""

from __future__ import annotations

import json
from typing import Any

from readiness.wire.planting import Operator, Planting
from readiness.wire.socket_rules import NEEDED
from readiness.wire.traffic import Event

__all__ = ["SESSION_OPERATORS"]

S = 1_000_000
PATHS = {
    "bybit": {"public": "/v5/public/linear", "private": "/v5/private"},
    "binance": {"public": "/ws", "private": f"/ws/{'k' * 64}"},
    "okx": {"public": "/ws/v5/public", "private": "/ws/v5/private"},
}
SUBSCRIPTIONS: dict[str, dict[str, Any]] = {
    "bybit": {"op": "subscribe", "args": ["order"]},
    "binance": {"method": "SUBSCRIBE", "params": ["btcusdt@kline_1m"], "id": 1},
    "okx": {"op": "subscribe", "args": [{"channel": "orders", "instType": "SWAP"}]},
}


def stop_forgotten(planting: Planting) -> bool:
    """A leg whose stop is not there for seconds."""
    return _bare(planting, "0")


def stop_too_small(planting: Planting) -> bool:
    """A leg that grew, and a stop that did not."""
    return _bare(planting, "0.000001")


def _bare(planting: Planting, covered: str) -> bool:
    """Take the cover off a leg that is held for so long, from some moment on."""
    states = [event for event in planting.events if _is_state(planting, event)]
    long_held = [
        (event["wall_us"], leg["symbol"], leg["leg"])
        for event in states
        for leg in event["legs"]
        if _is_held(planting, states, event["wall_us"], leg)
    ]
    if not long_held:
        return False
    from_us, symbol, side = planting.draw.choice(long_held)
    until_us = from_us + 4 * S

    def bare(event: Event) -> Event:
        if not _is_state(planting, event) or not from_us <= event["wall_us"] <= until_us:
            return event
        legs = [
            {**leg, "covered": covered} if (leg["symbol"], leg["leg"]) == (symbol, side) else leg
            for leg in event["legs"]
        ]
        return {**event, "legs": legs}

    planting.events = [bare(event) for event in planting.events]
    return True


def _is_held(planting: Planting, states: list[Event], from_us: int, leg: dict[str, Any]) -> bool:
    """Whether the leg is held for three seconds from then on, with nothing down meanwhile."""
    until_us = from_us + 3 * S
    if until_us > planting.session.ended_us or planting.session.down_us:
        return False
    key = (leg["symbol"], leg["leg"])
    within = [event for event in states if from_us <= event["wall_us"] <= until_us]
    return all(any((one["symbol"], one["leg"]) == key for one in event["legs"]) for event in within)


def _is_state(planting: Planting, event: Event) -> bool:
    return bool(event["kind"] == "truth" and event["exchange"] == planting.session.exchange)


def orphan(planting: Planting) -> bool:
    """A closing order that stays when its leg is gone."""
    session = planting.session
    room_us = session.ended_us - planting.began_us - 11 * S
    if room_us <= 0 or session.down_us or session.away_us:
        return False
    from_us = planting.began_us + planting.draw.randrange(room_us)
    order = {
        "id": "orphan",
        "name": f"left{planting.draw.randrange(10**6)}",
        "symbol": planting.draw.choice(["SOLUSDT", "XRPUSDT"]),
        "leg": "long",
        "side": "sell",
        "closes": True,
    }
    before = [event for event in planting.events if _is_state(planting, event)]
    earlier = [event for event in before if event["wall_us"] <= from_us]
    if not earlier:
        return False
    planting.events = [
        {**event, "orders": [*event["orders"], order]}
        if _is_state(planting, event) and event["wall_us"] > from_us
        else event
        for event in planting.events
    ]
    last = earlier[-1]
    planting.events.append({**last, "wall_us": from_us, "orders": [*last["orders"], order]})
    return True


def not_subscribed(planting: Planting) -> bool:
    """A public socket that is opened again and told nothing."""
    return _reopened(planting, "public", 6 * S) is not None


def private_not_subscribed(planting: Planting) -> bool:
    """A private socket that is opened again and told nothing, or without a login."""
    if planting.session.exchange == "binance":
        return False  # Its address is its subscription.
    opened = _reopened(planting, "private", 6 * S)
    if opened is None:
        return False
    if planting.language.needs_login and planting.draw.random() < 0.5:
        _say(planting, opened, SUBSCRIPTIONS[planting.session.exchange])
    return True


def not_reconciled(planting: Planting) -> bool:
    """A private socket that is opened again, and nobody reads what was missed."""
    opened = _reopened(planting, "private", 11 * S)
    if opened is None:
        return False
    if planting.language.needs_login:
        _say(planting, opened, {"op": "login"})
    _say(planting, opened, SUBSCRIPTIONS[planting.session.exchange])
    needed = planting.draw.choice(NEEDED)
    from_us, reads = opened["wall_us"], planting.language.reads
    # Another socket that comes later would give it more time.
    planting.events = [
        event for event in planting.events if event["kind"] != "open" or event["wall_us"] <= from_us
    ]

    def tells(event: Event) -> bool:
        if event["kind"] != "request" or not from_us <= event["wall_us"] <= from_us + 11 * S:
            return False
        return needed in reads.get(f"{event['method']} {event['target'].partition('?')[0]}", ())

    planting.events = [event for event in planting.events if not tells(event)]
    return True


def _reopened(planting: Planting, role: str, room_us: int) -> Event | None:
    """Close a socket of a role and open another, early enough to be judged; the new one."""
    session, name = planting.session, planting.session.exchange
    first = next((one for one in session.sockets if one.role == role), None)
    left_us = session.ended_us - room_us - first.ts_us if first is not None else 0
    if first is None or left_us <= 1:
        return None
    at_us = first.ts_us + planting.draw.randrange(1, left_us)
    sockets = [
        event["socket"]
        for event in planting.events
        if event["kind"] == "open" and planting.language.role(event["path"]) == role
    ]
    # Later ones of the role would take its place before it can be judged.
    planting.events = [
        event
        for event in planting.events
        if not (event["kind"] == "open" and _is_later(planting, event, role, at_us))
    ]
    opened = {
        "exchange": name,
        "kind": "open",
        "wall_us": at_us,
        "socket": f"planted{at_us}",
        "path": PATHS[name][role],
    }
    closed = {"exchange": name, "kind": "close", "wall_us": at_us - 1, "socket": sockets[0]}
    planting.events += [closed, opened]
    return opened


def _is_later(planting: Planting, event: Event, role: str, at_us: int) -> bool:
    return bool(planting.language.role(event["path"]) == role and event["wall_us"] > at_us)


def _say(planting: Planting, opened: Event, frame: dict[str, Any]) -> None:
    text = {"text": json.dumps(frame)}
    said = {"kind": "in", "frame": text, "wall_us": opened["wall_us"] + len(planting.events)}
    planting.events.append({**opened, **said})


def storming(planting: Planting) -> bool:
    """Connection after connection, without a pause."""
    opened = _reopened(planting, planting.draw.choice(["public", "private"]), 2 * S)
    if opened is None:
        return False
    for number in range(1, 8):
        again = {"wall_us": opened["wall_us"] + number * 50_000, "socket": f"storm{number}"}
        planting.events.append({**opened, **again})
    return True


def knocking_on(planting: Planting) -> bool:
    """Handshakes that are refused, and tried again at the same pace."""
    session, name = planting.session, planting.session.exchange
    room_us = session.ended_us - planting.began_us
    role = planting.draw.choice(["public", "private"])
    from_us = planting.began_us + planting.draw.randrange(max(1, room_us))
    pause_us = planting.draw.randrange(250_000, 2 * S)
    for number in range(6):
        planting.events.append(
            {
                "exchange": name,
                "kind": "refused",
                "path": PATHS[name][role],
                "wall_us": from_us + number * pause_us,
            }
        )
    earlier = [event for event in planting.events if event["kind"] == "refused"]
    return len(earlier) == 6  # Refused handshakes of another pace would blur it.


def unnoticed(planting: Planting) -> bool:
    """A silence of the public sockets that nobody notices."""
    first = next((one for one in planting.session.sockets if one.role == "public"), None)
    if first is None:
        return False
    began_us = first.ts_us + planting.draw.randrange(1, 5 * S)
    name = planting.session.exchange
    hit = {"fault": "F6", "wall_ms": began_us // 1000 + 1, "what": "3 sockets silent"}
    over_us = began_us + 60 * S
    planting.events = [
        event
        for event in planting.events
        if not (event["kind"] in {"open", "refused"} and event["wall_us"] > began_us)
        and event["kind"] != "faults"
    ]
    planting.events.append({"exchange": name, "kind": "faults", "wall_us": over_us, "hits": [hit]})
    planting.changes["silence_us"] = 55 * S
    return True


SESSION_OPERATORS: tuple[tuple[str, Operator], ...] = (
    ("W05", stop_forgotten),
    ("W05", stop_too_small),
    ("W07", not_subscribed),
    ("W07", private_not_subscribed),
    ("W08", not_reconciled),
    ("W09", storming),
    ("W10", orphan),
    ("W15", knocking_on),
    ("W16", unnoticed),
)
