"""Rules on what was sent: each on a guilty session and on an innocent one beside it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from readiness.wire.judge import judge_traffic
from readiness.wire.words import Command, Fate, Held, Request, State, Traffic

S = 1_000_000
ACCEPTED, REFUSED, UNKNOWN = Fate.ACCEPTED, Fate.REFUSED, Fate.UNKNOWN


def create(at_s: float = 1, **told: Any) -> Command:
    """An entry of the long leg with its stop, changed as told."""
    usual = {
        "symbol": "BTCUSDT",
        "side": "buy",
        "qty": "0.01",
        "leg": "long",
        "name": f"ent-{at_s}",
        "stop": "60000",
        "fate": ACCEPTED,
    }
    return Command(ts_us=round(at_s * S), kind="create", **{**usual, **told})


def stop(at_s: float, leg: str = "long") -> Command:
    """A stop set on the leg."""
    return Command(
        ts_us=round(at_s * S), kind="stop", symbol="BTCUSDT", leg=leg, stop="1", fate=ACCEPTED
    )


def asked(at_s: float, *reads: str, place: str = "GET /x", **told: Any) -> Request:
    """A request of the bot."""
    return Request(ts_us=round(at_s * S), place=place, status=200, reads=frozenset(reads), **told)


def rules(*commands: Command, exchange: str = "bybit", **told: Any) -> set[str]:
    """The rules that these commands break."""
    traffic = Traffic(exchange=exchange, ended_us=60 * S, commands=commands)
    return {found.rule_id for found in judge_traffic(replace(traffic, **told), "test")}


CLOSE: dict[str, Any] = {"side": "sell", "says_reduce": True, "stop": "", "name": "x"}


@pytest.mark.parametrize(
    ("rule", "commands"),
    [
        ("W01", [create(name="")]),
        ("W02", [create(leg="")]),
        ("W02", [create(leg="net")]),
        ("W02", [stop(1, leg="")]),
        ("W03", [create(**{**CLOSE, "says_reduce": False})]),
        ("W03", [create(leg="short", side="buy")]),
        ("W03", [create(says_reduce=True)]),
        ("W04", [create(fate=UNKNOWN), create(2)]),
        ("W04", [create(fate=UNKNOWN), create(50, qty="0.0104")]),
        ("W04", [create(fate=UNKNOWN, name="a"), create(2, name="a"), create(3)]),
    ],
)
def test_a_guilty_session_breaks_its_rule_alone(rule: str, commands: list[Command]) -> None:
    """One mistake is one finding of the rule made for it."""
    assert rules(*commands) == {rule}


@pytest.mark.parametrize(
    "commands",
    [
        [create()],
        [create(**CLOSE)],
        [create(leg="short", side="sell")],
        [create(), create(2)],
        [create(fate=UNKNOWN), create(2, name="ent-1")],
        [create(fate=REFUSED), create(2)],
        [create(fate=UNKNOWN), create(2, qty="0.02")],
        [create(fate=UNKNOWN), create(2, leg="short", side="sell")],
        [Command(ts_us=S, kind="cancel", symbol="BTCUSDT", fate=ACCEPTED)],
    ],
)
def test_an_innocent_session_breaks_none(commands: list[Command]) -> None:
    """What looks like a mistake and is none raises nothing."""
    assert rules(*commands) == set()


def test_each_exchange_has_its_own_word_for_closing() -> None:
    """Bybit asks for reduceOnly, Binance refuses it in hedge mode, and OKX passes over it."""
    said, unsaid = create(**CLOSE), create(**{**CLOSE, "says_reduce": False})
    assert rules(unsaid, exchange="binance") == rules(unsaid, exchange="okx") == set()
    assert rules(said, exchange="binance") == {"W03"}
    assert rules(said, exchange="okx") == set()
    opens = create(says_reduce=True)
    assert rules(opens, exchange="okx") == rules(opens, exchange="binance") == {"W03"}


def test_a_one_way_bot_that_closes_all_it_holds_must_say_so() -> None:
    """Without a leg the exchange cannot know that an order closes; its quantity tells the judge."""
    held = Held(
        symbol="BTCUSDT", leg="net", side="buy", qty=Decimal("0.010"), covered=Decimal("0.01")
    )
    states = (State(ts_us=1, legs=(held,), orders=()),)
    close = create(2, leg="net", side="sell", stop="")
    told: dict[str, Any] = {"states": states, "ended_us": 2 * S + 1, "mode": "one-way"}
    assert rules(close, **told) == {"W02", "W03"}
    assert rules(replace(close, says_reduce=True), **told) == {"W02"}
    assert rules(replace(close, qty="0.02"), **told) == {"W02"}


def test_asking_first_makes_a_second_order_right() -> None:
    """An order of unknown fate may be sent again once the exchange was asked for it."""
    twice = (create(fate=UNKNOWN), create(3))
    assert rules(*twice, requests=(asked(2, "orders"),)) == set()
    assert rules(*twice, requests=(asked(2, "orders", about="ent-1"),)) == set()
    assert rules(*twice, requests=(asked(2, "history"),)) == set()
    assert rules(*twice, requests=(asked(4, "orders"),)) == {"W04"}
    assert rules(*twice, requests=(asked(2, "market"),)) == {"W04"}


def test_a_question_for_another_order_is_none_for_this_one() -> None:
    """Nor is one whose answer was lost."""
    twice = (create(fate=UNKNOWN), create(3))
    assert rules(*twice, requests=(asked(2, "orders", about="other"),)) == {"W04"}
    assert rules(*twice, requests=(asked(2, "orders", is_answered=False),)) == {"W04"}


def test_what_the_stream_has_told_need_not_be_asked_for() -> None:
    """The private socket names the first order before the second is sent, or it does not."""
    twice = (create(fate=UNKNOWN), create(3))
    assert rules(*twice, streamed={"ent-1": 2 * S}) == set()
    assert rules(*twice, streamed={"ent-1": 4 * S}) == {"W04"}


def test_a_bot_that_was_refused_for_its_rate_waits() -> None:
    """The same thing again within a tenth of a second is impatient; later or another is not."""
    refused = asked(1, is_limited=True, what="a")
    assert rules(requests=(refused, asked(1.01, what="a"))) == {"W06"}
    assert rules(requests=(refused, asked(1.5, what="a"))) == set()
    assert rules(requests=(refused, asked(1.002, what="a"))) == set()
    assert rules(requests=(refused, asked(1.01, what="b"))) == set()
    assert rules(requests=(refused, asked(1.01, place="GET /y", what="a"))) == set()


def test_refusals_again_and_again_must_grow_apart() -> None:
    """Five at the same pace are too many, whatever was asked; a pace that slows down is right."""
    same = [asked(1 + n * 0.2, is_limited=True, what=str(n)) for n in range(5)]
    assert rules(requests=tuple(same)) == {"W06"}
    assert rules(requests=tuple(same[:4])) == set()
    slower = [asked(1 + 0.1 * 2**n, is_limited=True, what=str(n)) for n in range(5)]
    assert rules(requests=tuple(slower)) == set()
    calm = [asked(1 + n * 2, is_limited=True, what=str(n)) for n in range(5)]
    assert rules(requests=tuple(calm)) == set()


def test_a_new_start_reads_before_it_enters() -> None:
    """Positions and orders, both, after the start and before the first entry."""
    both = (asked(6, "positions"), asked(7, "orders"))
    starts: dict[str, Any] = {"starts_us": (0, 5 * S)}
    assert rules(create(8), requests=both, **starts) == set()
    assert rules(create(8), requests=both[:1], **starts) == {"W11"}
    assert rules(create(6.5), requests=both, **starts) == {"W11"}
    assert rules(create(8, **CLOSE), **starts) == set()
    assert rules(create(4), **starts) == set()
    assert rules(create(8), starts_us=(0,)) == set()


def test_no_entry_in_an_account_of_the_other_mode() -> None:
    """Unless the bot has changed the mode itself, and its entries are accepted."""
    assert rules(create(fate=REFUSED), mode="mismatch") == {"W12"}
    assert rules(create(fate=ACCEPTED), mode="mismatch") == set()
    assert rules(create(fate=REFUSED), mode="hedge") == set()


def test_entries_stop_where_nothing_answers() -> None:
    """Two tries are free, since nobody knows before they fail; what closes may go on."""
    down: dict[str, Any] = {"down_us": ((0, 20 * S),)}
    sent = [create(at, qty=str(at), fate=UNKNOWN) for at in (3, 4, 5)]
    assert rules(*sent, **down) == {"W14"}
    assert rules(*sent[:2], **down) == set()
    early = [create(at, qty=str(at), fate=UNKNOWN) for at in (1, 1.5, 3)]
    assert rules(*early, **down) == set()
    closes = [replace(one, side="sell", says_reduce=True) for one in sent]
    assert "W14" not in rules(*closes, **down)
