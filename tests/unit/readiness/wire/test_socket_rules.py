"""Rules on sockets: opened again, subscribed, reconciled, silent, and how often they are tried."""

from __future__ import annotations

from typing import Any

from readiness.wire.judge import judge_traffic
from readiness.wire.words import Command, Fate, Request, Socket, Traffic

S = 1_000_000


def socket(at_s: float, role: str, subscribed_s: float | None, *, again: bool = False) -> Socket:
    """A socket of the bot."""
    subscribed_us = None if subscribed_s is None else round(subscribed_s * S)
    return Socket(ts_us=round(at_s * S), role=role, subscribed_us=subscribed_us, is_again=again)


def broken(*sockets: Socket, ended_s: float = 60, **told: Any) -> set[str]:
    """The rules that these sockets break."""
    traffic = Traffic(exchange="okx", ended_us=round(ended_s * S), sockets=sockets, **told)
    return {found.rule_id for found in judge_traffic(traffic, "test")}


def read(at_s: float, *what: str) -> Request:
    """A read of the bot."""
    return Request(ts_us=round(at_s * S), place="GET /x", status=200, reads=frozenset(what))


def entry(at_s: float) -> Command:
    """An entry in order."""
    return Command(
        ts_us=round(at_s * S),
        kind="create",
        symbol="BTCUSDT",
        leg="long",
        side="buy",
        qty=str(at_s),
        name=f"e{at_s}",
        fate=Fate.ACCEPTED,
    )


TRUTHS = (read(21, "positions"), read(22, "orders"))


def test_a_new_socket_is_told_again_what_it_is_for() -> None:
    """A socket in another's place without a subscription hears nothing; trade sockets need none."""
    first, again = socket(1, "public", 2), socket(20, "public", None, again=True)
    assert broken(first, again) == {"W07"}
    assert broken(first, socket(20, "public", 21, again=True)) == set()
    assert broken(first, socket(20, "public", 40, again=True)) == {"W07"}
    assert broken(first, again, ended_s=22) == set()
    assert broken(socket(1, "trade", None), socket(20, "trade", None, again=True)) == set()
    assert broken(first, again, socket(22, "public", 23, again=True)) == set()
    assert broken(first, socket(20, "public", None)) == set()


def test_after_a_gap_the_truth_is_asked_for() -> None:
    """What happened while the private socket was down is read: positions and orders."""
    both = socket(1, "private", 2), socket(20, "private", 21, again=True)
    assert broken(*both, requests=TRUTHS) == set()
    assert broken(*both, requests=TRUTHS[:1]) == {"W08"}
    assert broken(*both) == {"W08"}
    assert broken(*both, ended_s=25) == set()
    assert broken(socket(1, "public", 2), socket(20, "public", 21, again=True)) == set()


def test_the_truth_may_wait_for_the_last_socket() -> None:
    """Where several were cut, reading before all are back would miss what the others tell."""
    private = socket(1, "private", 2), socket(20, "private", 21, again=True)
    business = socket(1, "business", 2), socket(35, "business", 36, again=True)
    late = (read(40, "positions"), read(41, "orders"))
    assert broken(*private, requests=late) == {"W08"}
    assert broken(*private, *business, requests=late) == set()
    assert broken(*private, *business) == {"W08"}


def test_reconnecting_without_a_pause_is_a_storm() -> None:
    """Six tries of one role within a second are one too many, refused ones counted."""
    storm = [socket(1 + number / 10, "trade", None) for number in range(6)]
    assert broken(*storm) == {"W09"}
    assert broken(*storm[:5]) == set()
    assert broken(*(socket(1 + number, "trade", None) for number in range(6))) == set()
    refused = {"trade": (1_050_000, 1_850_000)}
    assert broken(*storm[:4], refused_us=refused) == {"W09"}


def test_refused_handshakes_are_tried_at_a_growing_distance() -> None:
    """Five at one pace are too many; growing distances, or long ones, are right."""

    def knocks(*at_s: float) -> set[str]:
        return broken(refused_us={"public": tuple(round(one * S) for one in at_s)})

    assert knocks(1, 2, 3, 4, 5) == {"W15"}
    assert knocks(1, 2, 3, 4) == set()
    assert knocks(1, 1.5, 2.5, 4.5, 8.5) == set()
    assert knocks(1, 6, 11, 16, 21) == set()


def test_nothing_is_entered_on_old_prices() -> None:
    """Twenty seconds after the last frame and the last read of the market, prices are old."""

    def entered(at_s: float, *asked: Request) -> set[str]:
        return broken(commands=(entry(at_s),), data_us=(S, 5 * S), requests=asked)

    assert entered(26) == {"W13"}
    assert entered(24) == set()
    assert entered(26, read(20, "market")) == set()
    assert entered(26, read(20, "orders")) == {"W13"}
    assert broken(commands=(entry(30),)) == set()


def test_a_silence_is_noticed() -> None:
    """Within three quarters of a minute of silence another socket is tried."""
    first = socket(1, "public", 2)
    silent: dict[str, Any] = {"hits": {"F6": (5 * S,)}, "silence_us": 55 * S}
    assert broken(first, **silent) == {"W16"}
    assert broken(first, socket(40, "public", 41), **silent) == set()
    assert broken(first, refused_us={"public": (40 * S,)}, **silent) == set()
    assert broken(first, ended_s=45, **silent) == set()
    assert broken(first, hits={"F6": (5 * S,)}, silence_us=20 * S) == set()
    assert broken(**silent) == set()
