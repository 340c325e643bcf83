"""Planted defects: every operator acts on a sane session, and the judge reports what it planted."""

from __future__ import annotations

import pytest

from readiness.wire.defects import OPERATORS, measure_recall, planted
from readiness.wire.judge import RULES, judge_traffic
from readiness.wire.traffic import read_traffic
from readiness.wire.words import Traffic
from tests.unit.readiness.wire.recordings import sane_session

EXCHANGES = ("bybit", "binance", "okx")
# Bybit asks for reduceOnly, Binance refuses it, OKX passes over it; Binance's private socket is
# subscribed by its address.
ABSENT = {
    "bybit": {"reduce_refused"},
    "binance": {"reduce_lost", "private_not_subscribed"},
    "okx": {"reduce_lost", "reduce_refused"},
}


def session_of(exchange: str) -> Traffic:
    """The sane session as it is read."""
    return read_traffic(sane_session(exchange), exchange)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_the_session_is_sane_before_anything_is_planted(exchange: str) -> None:
    """Nothing is found in it, so that what is found later was planted."""
    assert judge_traffic(session_of(exchange), "sane") == []


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_every_operator_acts_and_every_defect_is_reported(exchange: str) -> None:
    """Each rule has an operator on each exchange, and the judge reports all that was planted."""
    events, session = sane_session(exchange), session_of(exchange)
    made = list(planted(events, session, 1, 4))
    missed = [
        (rule, name)
        for rule, name, traffic in made
        if rule not in {found.rule_id for found in judge_traffic(traffic, "planted")}
    ]
    assert missed == []
    acted = {name for _, name, _ in made}
    assert acted == {operator.__name__ for _, operator in OPERATORS} - ABSENT[exchange]
    assert {rule for rule, _, _ in made} == set(RULES)


def test_the_power_is_counted_over_all_sessions() -> None:
    """Caught of planted, with sixteen places per operator shared by the sessions."""
    sessions = [(sane_session(name), session_of(name)) for name in EXCHANGES]
    recall = measure_recall(sessions)
    assert recall.caught == recall.seeded
    assert recall.seeded >= 200


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_no_defect_is_counted_twice_and_a_seed_repeats_them(exchange: str) -> None:
    """Two of one operator's defects are never the same session; another seed plants others."""
    events, session = sane_session(exchange), session_of(exchange)
    made = list(planted(events, session, 1, 4))
    for name in {name for _, name, _ in made}:
        own = [traffic for _, other, traffic in made if other == name]
        assert all(traffic != session for traffic in own)
        assert all(one not in own[:at] for at, one in enumerate(own))
    assert made == list(planted(events, session, 1, 4))
    assert made != list(planted(events, session, 2, 4))


def test_nothing_is_planted_in_an_empty_session() -> None:
    """An operator without a place to act on is not counted as caught."""
    empty = [{"exchange": "okx", "kind": "faults", "wall_us": 1, "hits": []}]
    names = {name for _, name, _ in planted(empty, read_traffic(empty, "okx"), 1, 4)}
    assert names <= {"knocking_on"}
    assert measure_recall([]).seeded == 0
