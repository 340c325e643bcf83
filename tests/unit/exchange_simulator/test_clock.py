"""Two times in one clock: exact at any speed, never backwards, and back again."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_simulator.clock import SimulatedClock, machine_us

speeds = st.fractions(Fraction(1, 100), Fraction(100_000), max_denominator=1000)
moments = st.integers(0, 10**12)


@given(speeds, st.lists(moments, max_size=30))
def test_neither_time_runs_backwards(speed: Fraction, told: list[int]) -> None:
    """Whatever order the moments are told in."""
    clock = SimulatedClock(wall_us=0, market_us=5, speed=speed)
    latest = (0, 5)
    for wall_us in told:
        clock.tell(wall_us)
        assert (clock.wall_us, clock.market_us) >= latest
        assert clock.wall_us == max(latest[0], wall_us)
        latest = clock.wall_us, clock.market_us


@given(speeds, moments)
def test_the_way_taken_does_not_matter(speed: Fraction, wall_us: int) -> None:
    """One large step, or many small ones, end at the same market time."""
    one = SimulatedClock(wall_us=0, market_us=0, speed=speed)
    many = SimulatedClock(wall_us=0, market_us=0, speed=speed)
    one.tell(wall_us)
    for part in range(1, 8):
        many.tell(wall_us * part // 7)
    assert many.market_us == one.market_us == wall_us * speed.numerator // speed.denominator


@given(speeds, moments)
def test_the_wall_time_of_a_market_moment_is_its_first(speed: Fraction, market_us: int) -> None:
    """At it the moment has come, a microsecond before it has not."""
    clock = SimulatedClock(wall_us=0, market_us=0, speed=speed)
    wall_us = clock.wall_us_at(market_us)
    clock.tell(wall_us - 1)
    assert clock.market_us < market_us or wall_us <= 0
    clock.tell(wall_us)
    assert clock.market_us >= market_us


@given(speeds, st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_standing_still_costs_wall_time_only(
    speed: Fraction, before: int, still: int, after: int
) -> None:
    """The market continues where it stood, as if the pause had not been."""
    paused = SimulatedClock(wall_us=0, market_us=0, speed=speed)
    free = SimulatedClock(wall_us=0, market_us=0, speed=speed)
    paused.tell(before)
    paused.stand_still(still)
    paused.tell(before + still + after)
    free.tell(before + after)
    assert paused.market_us == free.market_us
    assert paused.wall_us == before + still + after


def test_milliseconds_are_whole() -> None:
    """Both are cut, not rounded."""
    clock = SimulatedClock(wall_us=1_999, market_us=2_999, speed=Fraction(1))
    assert (clock.wall_ms, clock.market_ms) == (1, 2)


def test_the_machines_time_is_in_microseconds_of_this_century() -> None:
    """Between 2020 and 2100."""
    assert 1_577_836_800_000_000 < machine_us() < 4_102_444_800_000_000


@pytest.mark.parametrize(
    ("speed", "market_us"), [("1/3", 333_333), ("60", 60_000_000), ("1", 10**6)]
)
def test_a_second_at_some_speeds(speed: str, market_us: int) -> None:
    """Fractions are exact and cut to the microsecond."""
    clock = SimulatedClock(wall_us=0, market_us=0, speed=Fraction(speed))
    clock.tell(1_000_000)
    assert clock.market_us == market_us
