"""Where stop and target rest, and when time is up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import LegProtection, PositionLeg
from bot_trading.domain.signal import BarrierSpec
from bot_trading.sltp.bracket import (
    bracket,
    is_expired,
    missing_protection,
    widened_never,
)
from tests.builders.core import LONG, NOW_US, SHORT, an_instrument, d

SPEC = BarrierSpec(stop_ratio=d("0.006"), target_ratio=d("0.009"), horizon_s=900)


def _levels(stop: str | None, target: str | None, leg_id: LegId = LONG) -> LegProtection:
    return LegProtection(
        leg_id=leg_id,
        stop_loss=None if stop is None else d(stop),
        take_profit=None if target is None else d(target),
    )


def _held(leg_id: LegId = LONG) -> PositionLeg:
    return PositionLeg(
        leg_id=leg_id, quantity=d(1), entry_value=d(50000), episode=1, ts_opened_us=NOW_US
    )


def test_stop_and_target_lie_at_their_distances() -> None:
    """0.6 % and 0.9 % of 50000, on opposite sides for the two legs."""
    assert bracket(SPEC, LONG, d(50000), an_instrument()) == _levels("49700", "50450")
    assert bracket(SPEC, SHORT, d(50000), an_instrument()) == _levels("50300", "49550", SHORT)


def test_both_levels_are_rounded_towards_the_entry() -> None:
    """A stop further away would risk more than was decided."""
    coarse = an_instrument(tick_size=d(7))
    levels = bracket(SPEC, LONG, d(50000), coarse)
    assert levels == _levels("49700", "50449")
    levels = bracket(SPEC, SHORT, d(50000), coarse)
    assert levels == _levels("50295", "49553", SHORT)


@pytest.mark.parametrize(("tick", "is_possible"), [("299", True), ("300", True), ("500", False)])
def test_a_distance_below_one_tick_leaves_no_level(tick: str, is_possible: bool) -> None:
    """A level on the entry price, or on its other side, is no protection."""
    levels = bracket(SPEC, LONG, d(50000), an_instrument(tick_size=d(tick)))
    assert (levels is not None) is is_possible


@pytest.mark.parametrize("leg_id", [LONG, SHORT])
def test_a_target_at_the_entry_is_no_target(leg_id: LegId) -> None:
    """The stop alone is far enough away: rounded towards the entry the target would be on it."""
    near = replace(SPEC, target_ratio=d("0.0001"))
    assert bracket(near, leg_id, d(50000), an_instrument(tick_size=d(10))) is None
    assert bracket(near, leg_id, d(50000), an_instrument(tick_size=d(5))) is not None


def test_a_level_below_zero_is_none() -> None:
    """A short target that would lie at or below zero cannot rest."""
    wide = BarrierSpec(stop_ratio=d("0.5"), target_ratio=d("0.99"), horizon_s=1)
    levels = bracket(wide, SHORT, d("0.05"), an_instrument())
    assert levels is None or (levels.take_profit is not None and levels.take_profit > 0)


def test_a_stop_never_loosens() -> None:
    """A further entry takes the tighter stop and keeps the target that there is."""
    current = _levels("49800", "50500")
    assert widened_never(_levels("49700", "50600"), current) == current
    assert widened_never(_levels("49900", "50600"), current) == _levels("49900", "50500")
    assert widened_never(_levels("49700", "50600"), None) == _levels("49700", "50600")
    assert widened_never(_levels(None, None), current) == current


def test_a_flat_leg_misses_nothing() -> None:
    """There is nothing to protect."""
    flat = PositionLeg(leg_id=LONG)
    assert missing_protection(flat, _levels("49700", "50450"), None) is None


@pytest.mark.parametrize(
    ("rests", "missing"),
    [
        (None, ("49700", "50450")),
        ((None, None), ("49700", "50450")),
        (("49700", "50450"), None),
        (("49699.9", "50450"), ("49700", "50450")),
        (("49700.1", "50450"), None),
        (("49800", None), ("49800", "50450")),
        (("49800", "50999"), None),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_looser(
    rests: tuple[str | None, str | None] | None, missing: tuple[str, str] | None
) -> None:
    """A tighter stop that rests is left alone, also when only the target is missing."""
    resting = None if rests is None else _levels(*rests)
    expected = None if missing is None else _levels(*missing)
    assert missing_protection(_held(), _levels("49700", "50450"), resting) == expected


@pytest.mark.parametrize(("after_us", "expired"), [(-1, False), (0, True), (1, True)])
def test_a_leg_expires_at_its_horizon(after_us: int, expired: bool) -> None:
    """Exactly at it, not before; a flat leg never does."""
    now_us = NOW_US + 900_000_000 + after_us
    assert is_expired(_held(), SPEC, now_us) is expired
    assert not is_expired(replace(_held(), quantity=d(0)), SPEC, now_us)
