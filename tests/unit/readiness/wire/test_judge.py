"""The judge of traffic: each rule on a guilty session and on an innocent one beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from readiness.wire.judge import judge_traffic
from readiness.wire.traffic import Command, Request, Socket, Traffic

S = 1_000_000


def create(at_s: float = 1, code: int | None = 0, **told: Any) -> Command:
    """A market entry of the long leg with its stop, changed as told; None takes a key away."""
    usual = {
        "symbol": "BTCUSDT",
        "side": "Buy",
        "orderType": "Market",
        "qty": "0.01",
        "positionIdx": 1,
        "reduceOnly": False,
        "orderLinkId": f"ent-{at_s}",
        "stopLoss": "60000",
    }
    kept = {key: value for key, value in {**usual, **told}.items() if value is not None}
    return Command(ts_us=round(at_s * S), kind="create", told=kept, code=code)


def stop(at_s: float, price: str, leg: int | None = 1) -> Command:
    """A stop set on the leg."""
    told: dict[str, Any] = {"symbol": "BTCUSDT", "stopLoss": price}
    if leg is not None:
        told["positionIdx"] = leg
    return Command(ts_us=round(at_s * S), kind="stop", told=told, code=0)


def asked(at_s: float, path: str, code: int | None = 0, status: int = 200) -> Request:
    """A request of the bot."""
    return Request(ts_us=round(at_s * S), method="GET", path=path, status=status, code=code)


def socket(at_s: float, path: str, subscribed_s: float | None) -> Socket:
    """A socket of the bot."""
    subscribed_us = None if subscribed_s is None else round(subscribed_s * S)
    return Socket(ts_us=round(at_s * S), path=path, subscribed_us=subscribed_us)


EMPTY = Traffic(ended_us=60 * S, commands=(), requests=(), sockets=(), hits={})
CLOSE: dict[str, Any] = {"side": "Sell", "reduceOnly": True, "stopLoss": None, "orderLinkId": "x"}
CONDITIONAL: dict[str, Any] = {**CLOSE, "triggerPrice": "60000"}


def rules(*commands: Command, requests: tuple[Request, ...] = ()) -> set[str]:
    """The rules that these commands and requests break."""
    traffic = replace(EMPTY, commands=commands, requests=requests)
    return {found.rule_id for found in judge_traffic(traffic, "test")}


@pytest.mark.parametrize(
    ("rule", "commands"),
    [
        ("W01", [create(orderLinkId=None)]),
        ("W01", [create(orderLinkId="")]),
        ("W02", [create(positionIdx=None)]),
        ("W02", [create(positionIdx=0)]),
        ("W02", [create(positionIdx="one")]),
        ("W02", [stop(1, "60000", leg=None)]),
        ("W03", [create(**{**CLOSE, "reduceOnly": False})]),
        ("W03", [create(positionIdx=2, side="Buy", reduceOnly=None, stopLoss=None)]),
        ("W04", [create(code=None), create(2)]),
        ("W04", [create(code=10016), create(50)]),
        ("W05", [create(stopLoss=None)]),
        ("W05", [create(stopLoss="0")]),
        ("W05", [create(stopLoss=None), stop(4, "60000")]),
        ("W05", [create(stopLoss=None), stop(2, "60000", leg=2)]),
        ("W05", [create(stopLoss=None), create(2, **{**CONDITIONAL, "triggerPrice": "0"})]),
    ],
)
def test_a_guilty_session_breaks_its_rule_alone(rule: str, commands: list[Command]) -> None:
    """One mistake is one finding of the rule made for it."""
    assert rules(*commands) == {rule}


@pytest.mark.parametrize(
    "commands",
    [
        [create()],
        [create(positionIdx="1")],
        [create(**CLOSE)],
        [create(**{**CLOSE, "reduceOnly": None, "closeOnTrigger": True})],
        [create(positionIdx=2, side="Sell")],
        [create(), create(2)],
        [create(code=None), create(2, orderLinkId="ent-1")],
        [create(code=110007), create(2)],
        [create(code=None), create(2, qty="0.02")],
        [create(stopLoss=None), stop(2, "60000")],
        [create(stopLoss=None), create(2, **CONDITIONAL)],
        [create(59, stopLoss=None)],
        [create(stopLoss=None, code=110007)],
        [create(stopLoss=None, orderType="Limit")],
        [Command(ts_us=S, kind="cancel", told={"symbol": "BTCUSDT"}, code=0)],
    ],
)
def test_an_innocent_session_breaks_none(commands: list[Command]) -> None:
    """What looks like a mistake and is none raises nothing."""
    assert rules(*commands) == set()


def test_asking_first_makes_a_second_order_right() -> None:
    """An order of unknown fate may be sent again once the exchange was asked for it."""
    twice = (create(code=None), create(3))
    assert rules(*twice, requests=(asked(2, "/v5/order/realtime"),)) == set()
    assert rules(*twice, requests=(asked(4, "/v5/order/realtime"),)) == {"W04"}
    assert rules(*twice, requests=(asked(2, "/v5/market/time"),)) == {"W04"}


def test_what_the_stream_has_told_need_not_be_asked_for() -> None:
    """The private socket names the first order before the second is sent, or it does not."""
    traffic = replace(EMPTY, commands=(create(code=None), create(3)))
    told = {name: replace(traffic, streamed={"ent-1": at * S}) for name, at in (("a", 2), ("b", 4))}
    assert judge_traffic(told["a"], "test") == []
    assert [found.rule_id for found in judge_traffic(told["b"], "test")] == ["W04"]


@pytest.mark.parametrize(("code", "status"), [(10006, 200), (None, 403), (None, 429)])
def test_a_bot_that_was_refused_for_its_rate_waits(code: int | None, status: int) -> None:
    """The same place again within a tenth of a second is impatient, later or elsewhere is not."""
    refused = asked(1, "/v5/position/list", code, status)
    assert rules(requests=(refused, asked(1.01, "/v5/position/list"))) == {"W06"}
    assert rules(requests=(refused, asked(1.5, "/v5/position/list"))) == set()
    assert rules(requests=(refused, asked(1.01, "/v5/market/time"))) == set()


def sockets(*opened: Socket, requests: tuple[Request, ...] = (), ended_s: int = 60) -> set[str]:
    """The rules that these sockets break."""
    traffic = replace(EMPTY, sockets=opened, requests=requests, ended_us=ended_s * S)
    return {found.rule_id for found in judge_traffic(traffic, "test")}


TRUTHS = (asked(21, "/v5/position/list"), asked(22, "/v5/order/realtime"))


def test_a_new_socket_is_told_again_what_it_is_for() -> None:
    """A second socket of a path without a subscription hears nothing; trade sockets need none."""
    first, again = socket(1, "/v5/public/linear", 2), socket(20, "/v5/public/linear", None)
    assert sockets(first, again) == {"W07"}
    assert sockets(first, replace(again, subscribed_us=21 * S)) == set()
    assert sockets(first, replace(again, subscribed_us=40 * S)) == {"W07"}
    assert sockets(first, again, ended_s=22) == set()
    assert sockets(socket(1, "/v5/trade", None), socket(20, "/v5/trade", None)) == set()
    assert sockets(first, again, socket(22, "/v5/public/linear", 23)) == set()


def test_after_a_gap_the_truth_is_asked_for() -> None:
    """What happened while the private socket was down is read: positions and orders."""
    first, again = socket(1, "/v5/private", 2), socket(20, "/v5/private", 21)
    assert sockets(first, again, requests=TRUTHS) == set()
    assert sockets(first, again, requests=TRUTHS[:1]) == {"W08"}
    assert sockets(first, again) == {"W08"}
    assert sockets(first, again, ended_s=25) == set()


def test_reconnecting_without_a_pause_is_a_storm() -> None:
    """Six connections to one path within a second are one too many; spread out they are not."""
    storm = [socket(1 + number / 10, "/v5/trade", None) for number in range(6)]
    assert sockets(*storm) == {"W09"}
    assert sockets(*storm[:5]) == set()
    assert sockets(*(socket(1 + number, "/v5/trade", None) for number in range(6))) == set()


def test_repeated_mistakes_are_one_finding_with_their_number() -> None:
    """The first place is named, the others are counted, and the scenario is the place."""
    traffic = replace(EMPTY, commands=(create(1, orderLinkId=None), create(2, orderLinkId=None)))
    (found,) = judge_traffic(traffic, "calm")
    assert found.message == "Buy 0.01 BTCUSDT on leg 1 has no orderLinkId, and 1 times more"
    assert str(found.location) == "wire/calm"
