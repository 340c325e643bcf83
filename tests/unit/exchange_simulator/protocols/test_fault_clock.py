"""What a plan does by time: silence, closed doors and maintenance begin and end when it says."""

from decimal import Decimal
from typing import Any

import pytest

from exchange_simulator.connection import Connection
from exchange_simulator.faults import FaultPlan, FaultRule, Faults
from exchange_simulator.model import PositionMode
from exchange_simulator.protocols.fault_clock import FaultClock
from exchange_simulator.state import Exchange
from tests.unit.exchange_simulator.builders import KEY, START_US
from tests.unit.exchange_simulator.fault_plans import quiet_market, struck

SECOND_US = 1_000_000


def clock_of(*rules: FaultRule) -> tuple[Exchange, FaultClock, list[tuple[str, int]]]:
    """A clock over a plan with one open socket, and what it announced."""
    exchange = quiet_market()
    socket = Connection(connection_id="1", kind="private", last_active_us=START_US)
    told: list[tuple[str, int]] = []
    faults = Faults(FaultPlan(rules=rules), START_US, "bybit")
    connections = {"1": socket}
    return exchange, FaultClock(exchange, faults, connections, lambda *row: told.append(row)), told


def at(exchange: Exchange, clock: FaultClock, seconds: float) -> None:
    """Let the wall clock stand at so many seconds after the start."""
    exchange.clock.tell(START_US + int(seconds * SECOND_US))
    clock.run_due()


@pytest.mark.parametrize(
    ("variant", "kinds"),
    [("all", {"private", "public"}), ("private", {"private"}), ("public", {"public"})],
)
def test_silence_lasts_as_long_as_it_says(variant: str, kinds: set[str]) -> None:
    """Only for the sockets that it names."""
    rule = FaultRule(fault="F6", variant=variant, at_s=(2.0,), duration_s=3)
    exchange, clock, _ = clock_of(rule)
    heard = {}
    for seconds in (1, 2, 4.9, 5.1):
        at(exchange, clock, seconds)
        heard[seconds] = {kind for kind in ("private", "public") if clock.silent(kind)}
    assert heard == {1: set(), 2: kinds, 4.9: kinds, 5.1: set()}
    assert struck(clock.faults) == [("F6", variant)]


def test_a_restart_closes_everything_and_is_announced_twice() -> None:
    """At its begin and at its end, with the time at which it ends."""
    rule = FaultRule(fault="F17", variant="restart", at_s=(1.0,), duration_s=4)
    exchange, clock, told = clock_of(rule)
    at(exchange, clock, 1)
    assert clock.closed
    assert not clock.refusing
    at(exchange, clock, 6)
    assert not clock.closed
    end_us = START_US + 5 * SECOND_US
    assert told == [("ongoing", end_us), ("completed", end_us)]


def test_a_refusing_maintenance_leaves_the_doors_open() -> None:
    """Only new orders are refused."""
    rule = FaultRule(fault="F17", variant="refuse", at_s=(1.0,), duration_s=4)
    exchange, clock, _ = clock_of(rule)
    at(exchange, clock, 1)
    assert (clock.refusing, clock.closed) == (True, False)
    at(exchange, clock, 5)
    assert clock.refusing is False


def test_what_is_put_off_happens_once_at_its_time() -> None:
    """And the clock says when it has something to do."""
    exchange, clock, _ = clock_of()
    done: list[Any] = []
    assert clock.next_us() is None
    clock.later(1500, lambda: done.append(exchange.clock.wall_us))
    assert clock.next_us() == START_US + 1_500_000
    for seconds in (1, 1.5, 2):
        at(exchange, clock, seconds)
    assert done == [START_US + 1_500_000]
    assert clock.next_us() is None


def test_a_planned_time_counts_before_and_after_what_is_put_off() -> None:
    """The nearest of both is next."""
    exchange, clock, _ = clock_of(FaultRule(fault="F7", variant="reset", at_s=(3.0, 9.0)))
    clock.later(5000, lambda: None)
    assert clock.next_us() == START_US + 3 * SECOND_US
    at(exchange, clock, 4)
    assert clock.next_us() == START_US + 5 * SECOND_US
    at(exchange, clock, 6)
    assert clock.next_us() == START_US + 9 * SECOND_US


def test_a_mode_that_was_switched_for_a_while_comes_back() -> None:
    """Every flat symbol is in one-way mode until the rule's time is over."""
    rule = FaultRule(fault="F11", variant="for_a_while", at_s=(1.0,), duration_s=4)
    exchange, clock, _ = clock_of(rule)
    account = exchange.accounts[KEY]
    modes = {}
    for seconds in (0.5, 1, 4.9, 5.1):
        at(exchange, clock, seconds)
        modes[seconds] = account.mode("BTCUSDT")
    one_way, hedge = PositionMode.ONE_WAY, PositionMode.HEDGE
    assert modes == {0.5: hedge, 1: one_way, 4.9: one_way, 5.1: hedge}
    assert struck(clock.faults) == [("F11", "for_a_while")]


def test_a_mode_comes_back_once_the_symbol_is_flat() -> None:
    """As at the exchange, what holds or orders cannot be switched; it is tried again."""
    rule = FaultRule(fault="F11", variant="for_a_while", at_s=(1.0,), duration_s=2)
    exchange, clock, _ = clock_of(rule)
    account = exchange.accounts[KEY]
    at(exchange, clock, 1)
    leg = exchange.leg(account, "BTCUSDT", 0)
    leg.qty = Decimal(1)
    at(exchange, clock, 4)
    assert account.mode("BTCUSDT") is PositionMode.ONE_WAY
    leg.qty = Decimal(0)
    at(exchange, clock, 6)
    assert account.mode("BTCUSDT") is PositionMode.HEDGE
