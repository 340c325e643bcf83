"""Rules on what the exchange knew: bare legs, and orders that rest for nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from readiness.wire.judge import judge_traffic
from readiness.wire.words import Command, Fate, Held, Resting, State, Traffic

S = 1_000_000


def held(covered: str, qty: str = "2", leg: str = "long") -> Held:
    """A leg of BTCUSDT."""
    return Held(symbol="BTCUSDT", leg=leg, side="buy", qty=Decimal(qty), covered=Decimal(covered))


def rests(order_id: str, *, closes: bool = True) -> Resting:
    """An order on the long leg of BTCUSDT."""
    return Resting(
        order_id=order_id,
        name=f"n{order_id}",
        symbol="BTCUSDT",
        leg="long",
        side="sell" if closes else "buy",
        closes=closes,
    )


def state(at_s: float, *what: Held | Resting) -> State:
    """What the exchange knew from a moment on."""
    return State(
        ts_us=round(at_s * S),
        legs=tuple(one for one in what if isinstance(one, Held)),
        orders=tuple(one for one in what if isinstance(one, Resting)),
    )


def said(*states: State, ended_s: float = 60, **told: Any) -> list[str]:
    """What the judge says of these states."""
    traffic = Traffic(exchange="okx", ended_us=round(ended_s * S), states=states, **told)
    return [f"{found.rule_id} {found.message}" for found in judge_traffic(traffic, "test")]


BARE = ["W05 okx: the long leg of BTCUSDT held 2 for more than 2 s without a stop"]
LEFT = ["W10 okx: n1 rests on the flat long leg of BTCUSDT"]


def test_a_leg_has_its_stop_within_two_seconds() -> None:
    """However it was entered, and for all that it holds."""
    assert said(state(1, held("0"))) == BARE
    assert said(state(1, held("0")), state(2.9, held("2"))) == []
    assert said(state(1, held("0")), state(3.5, held("2"))) == BARE
    assert said(state(1, held("2"))) == []
    assert said(state(1, held("1.9"))) == BARE
    assert said(state(1, held("0")), state(2, held("1")), state(3.5)) == BARE
    assert said(state(1, held("0")), state(2)) == []
    assert said(state(1, held("0")), ended_s=2.5) == []


def test_each_time_without_a_stop_is_counted_once() -> None:
    """A leg that changes while it is bare is one finding; one that is bare again is another."""
    changes = [state(1 + n, held("0", qty=str(2 + n))) for n in range(5)]
    (one,) = said(*changes)
    assert "times more" not in one
    (two,) = said(state(1, held("0")), state(5, held("2")), state(6, held("0")))
    assert two.endswith("and 1 times more")


def test_an_exchange_that_is_down_takes_no_stop() -> None:
    """Its own absence is not the bot's; the bot's death is, for stops are there for it."""
    assert said(state(1, held("0")), state(12, held("2")), down_us=((S, 11 * S),)) == []
    assert said(state(1, held("0")), state(12, held("2")), away_us=((S, 11 * S),)) == BARE


def test_what_closes_a_leg_goes_with_it() -> None:
    """Ten seconds after its leg is flat an order that closes it is an orphan."""
    assert said(state(1, rests("1"))) == LEFT
    assert said(state(1, rests("1")), state(10)) == []
    assert said(state(1, rests("1"), held("2"))) == []
    assert said(state(1, rests("1")), ended_s=10) == []
    assert said(state(1, rests("1"), held("2")), state(30, rests("1")), ended_s=39) == []
    assert said(state(1, rests("1"), held("2", leg="short"))) == LEFT


def test_a_stop_may_wait_for_its_entry() -> None:
    """Beside an order that would open the leg a closing one is no orphan."""
    assert said(state(1, rests("1"), rests("2", closes=False))) == []
    assert said(state(1, rests("2", closes=False))) == []


def entry(at_s: float, fate: Fate, leg: str = "long") -> Command:
    """An entry of BTCUSDT, named, and what was said of it."""
    side = "buy" if leg == "long" else "sell"
    return Command(
        ts_us=round(at_s * S),
        kind="create",
        symbol="BTCUSDT",
        leg=leg,
        side=side,
        name="e",
        fate=fate,
    )


def test_a_stop_waits_until_the_fate_of_its_entry_is_known() -> None:
    """For fifteen seconds after an answer that accepts nothing; never after one that accepts."""
    for fate in (Fate.UNKNOWN, Fate.REFUSED):
        assert said(state(1, rests("1")), state(25), commands=(entry(1, fate),)) == []
        assert said(state(1, rests("1")), state(27), commands=(entry(1, fate),)) == LEFT
    twice = (entry(1, Fate.REFUSED), entry(5, Fate.REFUSED))
    assert said(state(1, rests("1")), state(29), commands=twice) == []
    assert said(state(1, rests("1")), state(31), commands=twice) == LEFT
    for other in (entry(1, Fate.ACCEPTED), entry(1, Fate.REFUSED, leg="short")):
        assert said(state(1, rests("1")), state(25), commands=(other,)) == LEFT


def test_a_dead_bot_cancels_nothing() -> None:
    """The time of its death is not counted."""
    assert said(state(1, rests("1")), state(20), away_us=((2 * S, 19 * S),)) == []
