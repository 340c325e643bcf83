"""Mistakes in what a bot sends: names, legs, reduce-only, doubles, limits, and entries too many."""

from __future__ import annotations

import json

from readiness.wire.languages.language import as_mapping
from readiness.wire.planting import Operator, Place, Planting
from readiness.wire.traffic import Event
from readiness.wire.words import Command

__all__ = ["COMMAND_OPERATORS"]

S = 1_000_000


def _is_create(command: Command) -> bool:
    return command.kind == "create"


def _is_stop(command: Command) -> bool:
    return command.kind == "stop"


def _is_entry(command: Command) -> bool:
    return command.enters


def _is_close(command: Command) -> bool:
    return _is_create(command) and command.closes


def name_lost(planting: Planting) -> bool:
    """An order without an id of its own."""
    place = planting.chosen(_is_create)
    if place is None:
        return False
    planting.events[place.at] = planting.retell(place, **{planting.names_of(place): None})
    return True


def one_way(planting: Planting) -> bool:
    """An order for a one-way account."""
    names = planting.language.field_names
    return planting.change(_is_create, **{names["leg"]: names["net"]})


def leg_missing(planting: Planting) -> bool:
    """An order that names no leg."""
    return planting.change(_is_create, **{planting.language.field_names["leg"]: None})


def stop_without_leg(planting: Planting) -> bool:
    """A stop that names no leg."""
    return planting.change(_is_stop, **{planting.language.field_names["leg"]: None})


def reduce_lost(planting: Planting) -> bool:
    """A closing order that may open, where the exchange asks for the word."""
    name = planting.language.field_names["reduce"]
    return bool(name) and planting.change(_is_close, **{name: False})


def reduce_on_entry(planting: Planting) -> bool:
    """An order meant to close one leg, whose side opens the other that it names."""
    return planting.change(_is_entry, reduceOnly="true" if _is_form(planting) else True)


def reduce_refused(planting: Planting) -> bool:
    """A closing order with the word that Binance refuses in hedge mode."""
    return _is_form(planting) and planting.change(_is_close, reduceOnly="true")


def _is_form(planting: Planting) -> bool:
    return planting.session.exchange == "binance"


def sent_twice(planting: Planting) -> bool:
    """The answer of an entry is lost, and it is sent again at once under a new name."""
    place = planting.chosen(_is_entry)
    if place is None:
        return False
    again = _again(planting, place, 1_000)
    told_us = planting.session.streamed.get(place.command.name)
    if told_us is not None and told_us <= again["wall_us"]:
        return False
    planting.lose_answer(place)
    planting.events.append(again)
    return True


def _again(planting: Planting, place: Place, later_us: int) -> Event:
    """The same order under a new name, later; on a socket under a new number too."""
    name = f"again{planting.draw.randrange(10**6)}{later_us}"
    event = dict(planting.retell(place, **{planting.names_of(place): name}))
    event["wall_us"] = place.event["wall_us"] + later_us
    if event["kind"] == "in":
        return {**event, "frame": {"text": _renumbered(event["frame"]["text"], name)}}
    return event


def _renumbered(text: str, number: str) -> str:
    frame = as_mapping(text)
    name = "reqId" if "reqId" in frame else "id"
    return json.dumps({**frame, name: number})


def hammered(planting: Planting) -> bool:
    """A request is refused for its rate and sent again a few milliseconds later."""
    at = _some_request(planting)
    if at is None:
        return False
    again = dict(planting.events[at])
    again["wall_us"] += planting.draw.randrange(4_000, 50_000)
    planting.refuse(at)
    planting.events.append(again)
    return True


def refused_on_and_on(planting: Planting) -> bool:
    """A request is refused for its rate and sent again at the same pace, six times."""
    at = _some_request(planting)
    if at is None:
        return False
    planting.refuse(at)
    refused = planting.events[at]
    pause_us = planting.draw.randrange(120_000, 500_000)
    for number in range(1, 6):
        planting.events.append({**refused, "wall_us": refused["wall_us"] + number * pause_us})
    return True


def _some_request(planting: Planting) -> int | None:
    """A request after which nothing went to the same place for seconds."""
    requests = [
        (at, f"{event['method']} {event['target'].partition('?')[0]}", event["wall_us"])
        for at, event in enumerate(planting.events)
        if event["kind"] == "request" and event["exchange"] == planting.session.exchange
    ]
    calm = [
        at
        for at, place, at_us in requests
        if not any(other == place and at_us < then < at_us + 4 * S for _, other, then in requests)
    ]
    return planting.draw.choice(calm) if calm else None


def unread_start(planting: Planting) -> bool:
    """A bot that is started again and enters before it has read what is open."""
    place = planting.chosen(_is_entry)
    if place is None:
        return False
    started_us = place.event["wall_us"] - planting.draw.randrange(1, 3 * S)
    until_us = place.event["wall_us"]
    needed = planting.draw.choice(["orders", "positions"])
    reads = planting.language.reads

    def tells(event: Event) -> bool:
        if event["kind"] != "request" or not started_us < event["wall_us"] < until_us:
            return False
        return needed in reads.get(f"{event['method']} {event['target'].partition('?')[0]}", ())

    planting.events = [event for event in planting.events if not tells(event)]
    planting.changes["starts_us"] = (planting.began_us, started_us)
    return True


def wrong_mode(planting: Planting) -> bool:
    """An entry that is sent to an account in the other mode, and refused."""
    place = planting.chosen(_is_entry)
    if place is None:
        return False
    planting.changes["mode"] = "mismatch"
    planting.lose_answer(place)
    return True


def stale(planting: Planting) -> bool:
    """An entry long after the last price."""
    place = planting.chosen(_is_entry)
    heard = planting.session.data_us
    if place is None or not heard:
        return False
    later_us = heard[-1] - place.event["wall_us"] + planting.draw.randrange(21 * S, 40 * S)
    planting.events.append(_again(planting, place, later_us))
    return True


def dead(planting: Planting) -> bool:
    """Entry after entry to an exchange that is down."""
    place = planting.chosen(_is_entry)
    if place is None:
        return False
    down_us = place.event["wall_us"] + 1
    planting.changes["down_us"] = ((down_us, down_us + 20 * S),)
    pause_us = planting.draw.randrange(S, 3 * S)
    planting.events += [_again(planting, place, 3 * S + n * pause_us) for n in range(4)]
    return True


COMMAND_OPERATORS: tuple[tuple[str, Operator], ...] = (
    ("W01", name_lost),
    ("W02", one_way),
    ("W02", leg_missing),
    ("W02", stop_without_leg),
    ("W03", reduce_lost),
    ("W03", reduce_on_entry),
    ("W03", reduce_refused),
    ("W04", sent_twice),
    ("W06", hammered),
    ("W06", refused_on_and_on),
    ("W11", unread_start),
    ("W12", wrong_mode),
    ("W13", stale),
    ("W14", dead),
)
