"""Planted defects: every operator acts on a sane session, and the judge reports what it planted."""

from __future__ import annotations

from readiness.wire.defects import OPERATORS, measure_recall, planted
from readiness.wire.judge import judge_traffic
from readiness.wire.traffic import Command, Request, Socket, Traffic

S = 1_000_000


def command(at_s: int, kind: str, **told: object) -> Command:
    """A command on a leg of BTCUSDT."""
    return Command(ts_us=at_s * S, kind=kind, told={"symbol": "BTCUSDT", **told}, code=0)


def entry(at_s: int, leg: int) -> Command:
    """An entry with its name and its stop."""
    return command(
        at_s,
        "create",
        side={1: "Buy", 2: "Sell"}[leg],
        positionIdx=leg,
        orderType="Market",
        qty=f"0.{at_s}",
        reduceOnly=False,
        orderLinkId=f"ent-{at_s}",
        stopLoss="60000",
    )


def target(at_s: int, leg: int) -> Command:
    """A resting order that closes a part."""
    return command(
        at_s,
        "create",
        side={1: "Sell", 2: "Buy"}[leg],
        positionIdx=leg,
        orderType="Limit",
        qty="0.1",
        reduceOnly=True,
        orderLinkId=f"tar-{at_s}",
    )


SANE = Traffic(
    ended_us=60 * S,
    commands=(
        *(entry(3, 1), target(4, 1), entry(9, 2), target(10, 2)),
        command(12, "stop", positionIdx=1, stopLoss="61000"),
        entry(20, 1),
    ),
    requests=tuple(
        Request(ts_us=at * S, method="GET", path="/v5/position/list", status=200, code=0)
        for at in (1, 2, 30)
    ),
    sockets=tuple(
        Socket(ts_us=S, path=path, subscribed_us=2 * S)
        for path in ("/v5/public/linear", "/v5/private", "/v5/trade")
    ),
    hits={},
)


def test_the_session_is_sane_before_anything_is_planted() -> None:
    """Nothing is found in it, so that what is found later was planted."""
    assert judge_traffic(SANE, "sane") == []


def test_every_operator_acts_and_every_defect_is_reported() -> None:
    """Each rule has an operator, and the judge reports all that was planted in this session."""
    rules = [rule for rule, _ in planted(SANE, 1)]
    assert set(rules) == {rule for rule, _ in OPERATORS} == {f"W0{n}" for n in range(1, 10)}
    recall = measure_recall([SANE])
    assert (recall.caught, recall.seeded) == (len(rules), len(rules))
    assert recall.seeded >= 25


def test_no_defect_is_counted_twice() -> None:
    """Two of one operator's defects are never the same session."""
    for rule in {rule for rule, _ in OPERATORS}:
        made = [traffic for name, traffic in planted(SANE, 1) if name == rule]
        assert all(traffic != SANE for traffic in made)
        assert all(one not in made[:at] for at, one in enumerate(made))


def test_the_same_seed_plants_the_same_defects() -> None:
    """A recall can be measured again."""
    assert list(planted(SANE, 5)) == list(planted(SANE, 5))
    assert list(planted(SANE, 5)) != list(planted(SANE, 6))


def test_nothing_is_planted_in_an_empty_session() -> None:
    """An operator without a place to act on is not counted as caught."""
    empty = Traffic(ended_us=S, commands=(), requests=(), sockets=(), hits={})
    assert list(planted(empty, 1)) == []
    assert measure_recall([empty]).seeded == 0
