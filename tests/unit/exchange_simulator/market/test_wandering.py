"""A basis that wanders and comes back, the same for the same seed."""

from __future__ import annotations

from array import array
from decimal import Decimal
from functools import cache
from statistics import fmean, pstdev

import pytest

from exchange_simulator.market.generated import GeneratedTape
from exchange_simulator.market.tape import CandleTape
from exchange_simulator.market.wandering import HALF_LIFE_CANDLES, WanderingTape
from exchange_simulator.world import WorldOptions, build_world
from tests.unit.exchange_simulator.builders import START_US

_SAMPLES = 5_000


def _plain() -> GeneratedTape:
    return GeneratedTape(
        symbol="BTCUSDT",
        seed=1,
        first_ms=START_US // 1_000,
        tick_size=0.1,
        volume_decimals=3,
        interval_ms=60_000,
    )


@cache
def _basis(seed: str = "a") -> list[int]:
    tape = WanderingTape(_plain(), deviation_ticks=400.0, seed=seed)
    return [tape.basis_ticks(index) for index in range(_SAMPLES)]


def test_it_deviates_as_told_around_nothing() -> None:
    """Its mean is near zero and its standard deviation near what was asked for."""
    basis = _basis()
    assert abs(fmean(basis)) < 40
    assert pstdev(basis) == pytest.approx(400, rel=0.1)


def test_half_of_it_is_gone_after_the_half_life() -> None:
    """The autocorrelation at that distance is a half."""
    basis = _basis()
    pairs = zip(basis, basis[HALF_LIFE_CANDLES:], strict=False)
    kept = fmean(one * other for one, other in pairs) / pstdev(basis) ** 2
    assert kept == pytest.approx(0.5, abs=0.1)


def test_a_moment_is_the_same_whatever_was_asked_before() -> None:
    """The basis depends on seed and candle alone; another seed has another one."""
    once = WanderingTape(_plain(), deviation_ticks=400.0, seed="a")
    assert once.basis_ticks(777) == _basis()[777]
    assert _basis("b") != _basis()


def test_a_candle_moves_as_a_whole() -> None:
    """Its four prices and its trades by the same ticks, its volume and its length not at all."""
    plain, tape = _plain(), WanderingTape(_plain(), deviation_ticks=400.0, seed="a")
    for index in range(50):
        before, after = plain.candle(index), tape.candle(index)
        assert before is not None
        assert after is not None
        moved = {b - a for a, b in zip(before[1:5], after[1:5], strict=True)}
        assert moved == {tape.basis_ticks(index)}
        assert (after.volume, after.open_ms) == (before.volume, before.open_ms)
    assert tape.volume_typical() == plain.volume_typical()
    assert (tape.first_ms, tape.interval_ms) == (plain.first_ms, plain.interval_ms)
    assert (tape.volume_decimals, tape.end_ms()) == (plain.volume_decimals, plain.end_ms())
    assert (tape.path(0), tape.recorded_book()) == (None, None)


def test_a_tape_ends_where_it_ended() -> None:
    """A candle that was not recorded has no basis."""
    one = array("q", [1])
    plain = CandleTape(
        interval_ms=60_000,
        volume_decimals=0,
        first_ms=0,
        opens=one,
        highs=one,
        lows=one,
        closes=one,
        volumes=one,
    )
    tape = WanderingTape(plain, deviation_ticks=4_000.0, seed="a")
    candle = tape.candle(0)
    assert candle is not None
    assert min(candle[1:5]) >= 1
    assert tape.candle(1) is None
    assert tape.funding_rates() == {}


def test_one_exchange_of_a_world_wanders() -> None:
    """Its prices leave those of the other one and come back, on both sides of them."""
    options = WorldOptions(
        markets=("bybit", "okx"),
        symbols=("BTCUSDT",),
        seed=3,
        basis_wander_bps={"okx": Decimal(40)},
        history_days=1,
    )
    world = build_world(options, START_US)
    apart = []
    for minute in range(120):
        for one in world.values():
            one.advance(START_US + minute * 60_000_000)
        bybit, okx = (world[name].exchange.market("BTCUSDT").last for name in ("bybit", "okx"))
        apart.append((okx / bybit - 1) * 10_000)
    assert min(apart) < -20
    assert max(apart) > 20
