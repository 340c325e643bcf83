"""What an operator works on: the events of a session, its words, and a source of chance."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from readiness.wire.languages.language import Language, Told, as_mapping, text_of
from readiness.wire.traffic import LANGUAGES, Event, order_place
from readiness.wire.words import Command, Traffic

__all__ = ["Operator", "Place", "Planting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One command: the event that gave it, where in the list that is, and which of its orders."""

    at: int
    index: int
    event: Event
    command: Command


@dataclass(slots=True, kw_only=True)
class Planting:
    """A session to be changed; `changes` are what of its traffic is told by nobody's bytes."""

    events: list[Event]
    session: Traffic
    draw: Random
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def language(self) -> Language:
        """What is spoken there."""
        return LANGUAGES[self.session.exchange]

    @property
    def began_us(self) -> int:
        """The first event."""
        return int(self.events[0]["wall_us"])

    def places(self, wanted: Callable[[Command], bool]) -> list[Place]:
        """Every command of this kind."""
        found = []
        for at, event in enumerate(self.events):
            if event["exchange"] != self.session.exchange:
                continue
            place = order_place(self.language, event)
            for index, told in enumerate(self.language.told(event) if place else ()):
                kind = self.language.places[place]
                command = self.language.command(kind, event["wall_us"], told)
                if wanted(command):
                    found.append(Place(at=at, index=index, event=event, command=command))
        return found

    def chosen(self, wanted: Callable[[Command], bool]) -> Place | None:
        """One of them, by chance; None where there is none."""
        places = self.places(wanted)
        return self.draw.choice(places) if places else None

    def retell(self, place: Place, **changes: object) -> Event:
        """The event with these fields of one order replaced; None takes one away."""
        orders: list[Told] = [dict(one) for one in self.language.told(place.event)]
        told = {**orders[place.index], **changes}
        orders[place.index] = {key: value for key, value in told.items() if value is not None}
        return self.language.retold(place.event, orders)

    def change(self, wanted: Callable[[Command], bool], **changes: object) -> bool:
        """Replace fields of one such command."""
        place = self.chosen(wanted)
        if place is None:
            return False
        self.events[place.at] = self.retell(place, **changes)
        return True

    def names_of(self, place: Place) -> str:
        """The field that holds an order's own name there."""
        told = self.language.told(place.event)[place.index]
        usual = self.language.field_names["name"]
        return usual if usual in told else "clientAlgoId"

    def lose_answer(self, place: Place) -> None:
        """Let the answer to a command be lost."""
        event = place.event
        if event["kind"] == "request":
            self.events[place.at] = {**event, "reply": {**event["reply"], "lost": True}}
            return
        number = text_of(as_mapping(event["frame"]["text"]), "reqId", "id")
        self.events = [one for one in self.events if not _answers(one, event["socket"], number)]

    def refuse(self, at: int) -> None:
        """Let a request be refused for its rate."""
        event, language = self.events[at], self.language
        told = {"text": json.dumps(dict(language.refusal))}
        reply = {**event["reply"], "status": language.refusal_status, "body": told, "lost": False}
        self.events[at] = {**event, "reply": reply}


Operator = Callable[[Planting], bool]


def _answers(event: Event, socket: str, number: str) -> bool:
    if event["kind"] != "out" or event["socket"] != socket or not number:
        return False
    return text_of(as_mapping(event["frame"].get("text", "")), "reqId", "id") == number
