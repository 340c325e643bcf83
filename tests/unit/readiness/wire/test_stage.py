"""The stage's market stands still when it is told to, and goes on where it stood."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from io import BytesIO

from exchange_simulator.world import WorldOptions
from readiness.wire.stage import Curtain, Stage

SPEED = 60
TICK_US = 20_000


def test_a_market_that_rests_stands_still_while_its_clock_goes_on() -> None:
    """Clients are answered by the clock meanwhile; afterwards the market moves at its speed."""
    options = replace(
        WorldOptions(), markets=("bybit",), symbols=("BTCUSDT",), speed=Fraction(SPEED)
    )
    told: list[str] = []
    stage = Stage(options, BytesIO(), told.append)
    curtain = Curtain(stage, "bybit")
    assert curtain.next_wall_us() is None
    curtain.request(method="GET", target="/v5/market/time", headers={})
    assert told == ["contact"]
    clock = curtain.exchange.clock
    began_us, stood_us = clock.wall_us, clock.market_us
    stage.rest()
    assert curtain.next_wall_us() is None
    for number in range(1, 101):
        curtain.advance(began_us + number * TICK_US)
    assert clock.wall_us == began_us + 100 * TICK_US
    assert 0 <= clock.market_us - stood_us < 100 * SPEED
    stage.move()
    stood_us = clock.market_us
    curtain.advance(clock.wall_us + 1_000_000)
    assert abs(clock.market_us - stood_us - SPEED * 1_000_000) <= SPEED
