"""Signs that an exchange did not say everything ask for one reading of the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.messages import TakeSnapshot, TimePassed
from bot_trading.domain.reports import BalanceReport, QuoteSeen
from bot_trading.engine.state import EngineState
from tests.builders.core import (
    LONG,
    NOW_US,
    a_balance,
    a_fill_report,
    a_leg_report,
    a_quote,
    a_ready_state,
    a_snapshot,
    commands_of,
    d,
    steps,
)

SECOND_US = 1_000_000


def _held() -> EngineState:
    """A long leg of 0.010 whose stop rests at 49700."""
    state = a_ready_state()
    steps(state, a_fill_report(), a_leg_report())
    _wallet(state, "9999.725", 0)
    return state


def _wallet(state: EngineState, money: str, seconds: float) -> None:
    at_us = NOW_US + int(seconds * SECOND_US)
    balance = a_balance(money, ts_event_us=at_us)
    steps(state, BalanceReport(balance=balance, ts_init_us=at_us))


def _price(price: str, seconds: float) -> QuoteSeen:
    at_us = NOW_US + int(seconds * SECOND_US)
    return QuoteSeen(quote=a_quote(price, ts_event_us=at_us, ts_init_us=at_us))


def _asked(state: EngineState, *seconds: float) -> list[float]:
    """At which of these ticks the exchange is asked for everything; each answer changes nothing."""
    found = []
    for second in seconds:
        at_us = NOW_US + int(second * SECOND_US)
        if commands_of(steps(state, TimePassed(ts_init_us=at_us)), TakeSnapshot):
            found.append(second)
            quantity = state.leg(LONG).quantity
            legs = (a_leg_report(quantity=quantity, ts_event_us=at_us, ts_init_us=at_us),)
            balance = replace(state.balances["bybit"], ts_event_us=at_us)
            steps(state, a_snapshot(legs=legs, balance=balance, ts_init_us=at_us))
    return found


@pytest.mark.parametrize(("price", "expected"), [("49700.1", []), ("49700", [4.0])])
def test_a_stop_that_must_have_fired_asks_what_became_of_it(
    price: str, expected: list[float]
) -> None:
    """Its fill was told by nobody for longer than messages take, at the level or beyond."""
    state = _held()
    steps(state, _price(price, 1))
    assert _asked(state, 1, 2, 3.9, 4) == expected


def test_a_price_that_came_back_may_have_fired_it_too() -> None:
    """One touch is enough, and one reading answers it."""
    state = _held()
    steps(state, _price("49600", 1))
    assert _asked(state, 1) == []
    steps(state, _price("50000", 2))
    assert _asked(state, *range(2, 60)) == [4]


def test_a_stop_whose_fill_came_asks_nothing() -> None:
    """What the leg was told since explains the price."""
    state = _held()
    steps(state, _price("49600", 1))
    assert _asked(state, 1) == []
    at_us = NOW_US + 2 * SECOND_US
    steps(state, a_fill_report(trade_id="t-2", commission=d(0), ts_event_us=at_us))
    steps(state, a_leg_report(quantity=d("0.020"), ts_event_us=at_us), _price("50000", 2))
    assert _asked(state, *range(2, 30)) == []


def test_a_price_that_stays_beyond_a_stop_asks_less_and_less() -> None:
    """An exchange that goes on holding the leg is not flooded."""
    state = _held()
    steps(state, _price("49600", 0))
    asked = _asked(state, *(each / 4 for each in range(480)))
    assert 4 <= len(asked) <= 9
    assert asked[-1] - asked[-2] >= 30


def test_money_that_moved_without_a_leg_is_asked_about_once() -> None:
    """A fill may have been lost; what a reading does not explain came or went by other ways."""
    state = a_ready_state()
    assert _asked(state, 0) == []
    _wallet(state, "9990", 1)
    assert _asked(state, *(each / 4 for each in range(4, 200))) == [4]
    _wallet(state, "9990.009", 60)
    assert _asked(state, *range(60, 80)) == []
    _wallet(state, "9980", 90)
    assert _asked(state, *range(90, 110)) == [93]


def test_money_that_a_fill_explains_in_time_asks_nothing() -> None:
    """Wallet and fill are told one after the other, in either order."""
    state = a_ready_state()
    _wallet(state, "9999.725", 1)
    assert _asked(state, 1, 2) == []
    steps(state, a_fill_report(ts_event_us=NOW_US + 2))
    assert state.leg(LONG).commission == d("0.275")
    steps(state, a_leg_report())
    assert _asked(state, *range(3, 30)) == []
    _wallet(state, "9999", 40)
    assert _asked(state, 40, 42.9, 43) == [43]
