"""The stop that follows the price, and what shortens its distance."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import NativeTrailing, PositionLeg
from bot_trading.sltp.policy import (
    DEFAULT_POLICY,
    TimeAdjustment,
    TrailingStop,
    TrailingType,
    VolatilityAdjustment,
)
from bot_trading.sltp.trailing import (
    is_wild,
    native_trailing,
    tightening,
    trailing_distance,
    trailing_stop,
)
from tests.builders.core import LONG, SHORT, an_instrument, d

RULES = an_instrument()
PERCENTAGE = TrailingStop(
    kind=TrailingType.PERCENTAGE,
    activation_percent=d(3),
    distance_percent=d(1),
    max_distance_percent=d(2),
    step_percent=d("0.1"),
)


def by(kind: TrailingType, **parts: Any) -> TrailingStop:
    """The same by another measure."""
    return replace(PERCENTAGE, kind=kind, **({"distance_percent": None} | parts))


ADAPTIVE = by(TrailingType.ADAPTIVE, distance_percent=d(1), atr_reference_percent=d("0.2"))


def held(leg_id: LegId = LONG) -> PositionLeg:
    """One coin at 50000."""
    return PositionLeg(
        leg_id=leg_id, quantity=d(1), entered_qty=d(1), entry_value=d(50000), episode=1
    )


def stop_at(price: str, stop: str | None, leg_id: LegId = LONG) -> Decimal | None:
    """The stop that is proposed, if any."""
    wanted = None if stop is None else d(stop)
    idea = trailing_stop(PERCENTAGE, held(leg_id), d(price), RULES, stop=wanted)
    return None if idea is None else idea.stop_loss


@pytest.mark.parametrize(
    ("price", "stop", "leg_id"),
    [
        ("51499.9", None, LONG),
        ("51500", "50985", LONG),
        ("48500.1", None, SHORT),
        ("48500", "48985", SHORT),
    ],
)
def test_it_begins_at_its_activation(price: str, stop: str | None, leg_id: LegId) -> None:
    """At three percent of gain, one percent behind the price."""
    assert stop_at(price, None, leg_id) == (None if stop is None else d(stop))


def test_it_moves_in_steps_and_never_back() -> None:
    """A move below a tenth of a percent of the price is not worth a request."""
    assert stop_at("51540", "50985") is None
    assert stop_at("51560", "50985") == d("51044.4")
    assert stop_at("51500", "51044.4") is None
    assert stop_at("48440", "48985", SHORT) == d("48924.4")
    assert stop_at("48500", "48924.4", SHORT) is None


def test_the_grid_never_shortens_the_distance() -> None:
    """Long stops round down, short ones up."""
    assert stop_at("51500.7", None) == d("50985.6")
    assert stop_at("48499.3", None, SHORT) == d("48984.3")


@pytest.mark.parametrize(
    ("trailing", "atr", "distance"),
    [
        (by(TrailingType.FIXED, distance_usdt=d(300)), None, "300"),
        (PERCENTAGE, None, "500"),
        (by(TrailingType.ATR, atr_multiple=d(3)), "120", "360"),
        (by(TrailingType.ATR, atr_multiple=d(3)), None, None),
        (ADAPTIVE, "100", "500"),
        (ADAPTIVE, "150", "750"),
        (ADAPTIVE, None, None),
        (by(TrailingType.FIXED, distance_usdt=d(3000)), None, "1000"),
        (by(TrailingType.ATR, atr_multiple=d(3)), "1", "25"),
    ],
)
def test_each_kind_measures_its_distance(
    trailing: TrailingStop, atr: str | None, distance: str | None
) -> None:
    """At a price of 50000, within the least and the greatest distance; unknown stays unknown."""
    found = trailing_distance(trailing, d(50000), None if atr is None else d(atr), d(1))
    assert found == (None if distance is None else d(distance))


def test_an_unknown_distance_moves_nothing() -> None:
    """The stop that rests stays until volatility is known."""
    by_atr = by(TrailingType.ATR, atr_multiple=d(3))
    assert trailing_stop(by_atr, held(), d(60000), RULES, stop=None) is None


TIGHT = replace(
    DEFAULT_POLICY,
    time_adjustment=TimeAdjustment(tighten_after_s=60, tighten_ratio=d("0.5")),
    volatility_adjustment=VolatilityAdjustment(
        calm_below_atr_percent=d("0.1"),
        tighten_ratio=d("0.8"),
        close_above_atr_percent=d(2),
    ),
)


@pytest.mark.parametrize(
    ("atr", "held_s", "ratio"),
    [
        (None, 0, "1"),
        (None, 60, "0.5"),
        ("50", 0, "1"),
        ("49.9", 0, "0.8"),
        ("49.9", 61, "0.4"),
    ],
)
def test_age_and_calm_shorten_distances_together(atr: str | None, held_s: int, ratio: str) -> None:
    """Neither ever widens one, and an unknown volatility shortens nothing."""
    known = None if atr is None else d(atr)
    assert tightening(TIGHT, d(50000), known, held_s * 1_000_000) == d(ratio)


def test_a_wild_market_is_left() -> None:
    """Above two percent of the price, not at it, and never where it was not asked for."""
    assert not is_wild(TIGHT, d(50000), d(1000))
    assert is_wild(TIGHT, d(50000), d("1000.1"))
    assert not is_wild(TIGHT, d(50000), None)
    assert not is_wild(DEFAULT_POLICY, d(50000), d(9999))


NATIVE = by(TrailingType.FIXED, distance_usdt=d("400.04"), native=True)


@pytest.mark.parametrize(
    ("leg_id", "price", "active_px"),
    [
        (LONG, "50000", d("51500.0")),
        (LONG, "51499.9", d("51500.0")),
        (LONG, "51500", None),
        (SHORT, "50000", d("48500.0")),
        (SHORT, "48500", None),
    ],
)
def test_the_exchange_is_asked_to_follow_from_the_activation_on(
    leg_id: LegId, price: str, active_px: Decimal | None
) -> None:
    """At once where the price has gained enough already; the distance is never below the declared
    one."""
    asked = native_trailing(NATIVE, held(leg_id), d(price), RULES)
    assert asked == NativeTrailing(distance=d("400.1"), active_px=active_px)


@pytest.mark.parametrize(("distance", "asked"), [("2000", "1030"), ("50", "51.5")])
def test_a_native_distance_is_kept_within_its_bounds(distance: str, asked: str) -> None:
    """Two percent at most and a tenth at least of the price at which it begins."""
    trailing = replace(NATIVE, distance_usdt=d(distance), min_distance_percent=d("0.1"))
    found = native_trailing(trailing, held(), d(50000), RULES)
    assert found is not None
    assert found.distance == d(asked)


def test_the_exchange_is_asked_for_nothing_where_the_bot_trails() -> None:
    """Nor for a leg that is flat."""
    assert native_trailing(replace(NATIVE, native=False), held(), d(51500), RULES) is None
    flat = PositionLeg(leg_id=LONG)
    assert native_trailing(NATIVE, flat, d(51500), RULES) is None
