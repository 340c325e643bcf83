"""What is needed of an exchange's language to judge a bot that speaks it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from readiness.wire.words import Command, Fate

__all__ = ["Fields", "Language", "Told", "as_list", "as_mapping", "text_of"]

Told = dict[str, Any]
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One exchange's language; a place is method and path of a request.

    - `places`: kind of command by place; `socket_places`: place by the word of a frame.
    - `reads`: what a request tells (orders, positions, market) by place.
    - `told` takes the orders out of an event, `retold` puts others in.
    - `command` translates one order; `fate` an answer, for the n-th order in it.
    - `is_limited` says whether an answer refuses for the rate; `asked` which order is asked for.
    - `role` of a socket by its path; `subscribes` says whether a frame of the bot does.
    - `names` are the orders that a private frame tells of; `is_data` tells market data.
    - `refusal` is an answer that refuses for the rate; `field_names` are the fields of an order
      that defects are planted in.
    """

    name: str
    places: Mapping[str, str]
    socket_places: Mapping[str, str]
    reads: Mapping[str, frozenset[str]]
    told: Callable[[Mapping[str, Any]], list[Told]]
    retold: Callable[[Mapping[str, Any], list[Told]], dict[str, Any]]
    command: Callable[[str, int, Mapping[str, Any]], Command]
    fate: Callable[[int, Any, int], Fate]
    is_limited: Callable[[int, Any], bool]
    asked: Callable[[Mapping[str, str]], str]
    role: Callable[[str], str]
    subscribes: Callable[[Mapping[str, Any]], bool]
    names: Callable[[Any], list[str]]
    is_data: Callable[[str], bool]
    needs_login: bool
    refusal: Mapping[str, Any]
    refusal_status: int
    field_names: Fields


def as_mapping(text: str) -> Told:
    """A JSON object; {} for anything else."""
    found = as_json(text)
    return found if isinstance(found, dict) else {}


def as_list(text: str) -> list[Told]:
    """The objects of a JSON list, or the one object that stands alone."""
    found = as_json(text)
    rows = found if isinstance(found, list) else [found]
    return [row for row in rows if isinstance(row, dict)]


def as_json(text: str) -> Any:
    """Whatever JSON says; None where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def text_of(told: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that says something, as text."""
    for name in names:
        value = told.get(name)
        if value is not None and value != "":
            return str(value)
    return ""
