"""What operators work with: places of commands, changed fields, lost answers, refusals."""

from __future__ import annotations

from random import Random

import pytest

from readiness.wire.command_defects import COMMAND_OPERATORS, sent_twice
from readiness.wire.planting import Planting
from readiness.wire.session_defects import SESSION_OPERATORS, orphan
from readiness.wire.traffic import Event, read_traffic
from readiness.wire.words import Fate
from tests.unit.readiness.wire.recordings import frame, sane_session

EXCHANGES = ("bybit", "binance", "okx")


def planting(exchange: str) -> Planting:
    """The sane session, to be changed."""
    events: list[Event] = list(sane_session(exchange))
    return Planting(events=events, session=read_traffic(events, exchange), draw=Random(1))


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_field_of_one_order_is_changed_and_nothing_else(exchange: str) -> None:
    """None takes it away; where no such order is, nothing happens."""
    changed = planting(exchange)
    name = changed.language.field_names["name"]
    assert changed.change(lambda one: one.name == "ent2", **{name: "other"})
    names = [one.name for one in read_traffic(changed.events, exchange).commands if one.name]
    assert names == ["ent1", "tar1", "other", "tar2", "ent3"]
    assert changed.change(lambda one: one.name == "other", **{name: None})
    assert not changed.change(lambda one: one.name == "other", **{name: None})
    assert changed.began_us == 1_000_000


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_an_answer_is_lost_and_a_request_refused(exchange: str) -> None:
    """As the bot would have seen it."""
    changed = planting(exchange)
    place = changed.chosen(lambda one: one.name == "ent1")
    assert place is not None
    changed.lose_answer(place)
    fates = {one.name: one.fate for one in read_traffic(changed.events, exchange).commands}
    assert fates["ent1"] is Fate.UNKNOWN
    changed.refuse(place.at)
    limited = [one for one in read_traffic(changed.events, exchange).requests if one.is_limited]
    assert len(limited) == 1


def test_the_answer_to_a_frame_is_another_frame() -> None:
    """It is taken out by its number; answers to others stay."""
    sent = {"reqId": "7", "op": "order.create", "args": [{"symbol": "BTCUSDT", "side": "Buy"}]}
    answers = [{"reqId": number, "retCode": 0} for number in ("7", "8")]
    events: list[Event] = [frame("bybit", 1, "in", "t", sent)]
    events += [frame("bybit", 2, "out", "t", told) for told in answers]
    changed = Planting(events=events, session=read_traffic(events), draw=Random(1))
    place = changed.chosen(lambda one: one.kind == "create")
    assert place is not None
    changed.lose_answer(place)
    assert [event["kind"] for event in changed.events] == ["in", "out"]


def test_an_operator_says_whether_it_found_a_place() -> None:
    """Nothing can be doubled or left behind where nothing was sent or known."""
    empty = Planting(
        events=[{"exchange": "okx", "kind": "faults", "wall_us": 1, "hits": []}],
        session=read_traffic([], "okx"),
        draw=Random(1),
    )
    assert not sent_twice(empty)
    assert not orphan(empty)
    names = [operator.__name__ for _, operator in (*COMMAND_OPERATORS, *SESSION_OPERATORS)]
    assert len(set(names)) == len(names)
