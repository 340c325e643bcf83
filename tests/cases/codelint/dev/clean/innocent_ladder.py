"""Take-profit ladder and profit protection: pure arithmetic in Decimal, no clock, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

ZERO = Decimal(0)
ONE = Decimal(1)


class PositionSide(StrEnum):
    LONG = "LONG"
    SHORT = "SHORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    gain_ratio: Decimal
    close_ratio: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    trigger_price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    symbol: str
    position_idx: int
    position_side: PositionSide
    quantity: Decimal
    avg_px: Decimal
    stop_price: Decimal | None


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `value`."""
    return (value / step).to_integral_value(rounding=ROUND_DOWN) * step


def favourable(leg: Leg, ratio: Decimal) -> Decimal:
    """The price at which the leg has gained `ratio`."""
    sign = ONE if leg.position_side is PositionSide.LONG else -ONE
    return leg.avg_px * (ONE + sign * ratio)


def plan_ladder(
    leg: Leg, levels: Sequence[Level], qty_step: Decimal, min_qty: Decimal
) -> list[Step]:
    """Steps whose quantities sum to the leg exactly.

    A level below the minimum is carried into the next; the last one takes what is left.
    """
    total_ratio = sum((level.close_ratio for level in levels), ZERO)
    if total_ratio != ONE:
        raise ValueError(f"ladder of {leg.symbol}: close ratios sum to {total_ratio}, not 1")
    steps: list[Step] = []
    left, carried = leg.quantity, ZERO
    for level in levels[:-1]:
        wanted = floor_to(leg.quantity * level.close_ratio + carried, qty_step)
        if wanted < min_qty:
            carried = leg.quantity * level.close_ratio + carried
            continue
        steps.append(Step(trigger_price=favourable(leg, level.gain_ratio), quantity=wanted))
        left -= wanted
        carried = ZERO
    if left > ZERO:
        last = levels[-1]
        steps.append(Step(trigger_price=favourable(leg, last.gain_ratio), quantity=left))
    return steps


def crossed(leg: Leg, steps: Sequence[Step], price: Decimal) -> list[Step]:
    """Every step that the price has reached, so that a gap executes all of them."""
    if leg.position_side is PositionSide.LONG:
        return [step for step in steps if price >= step.trigger_price]
    return [step for step in steps if price <= step.trigger_price]


def tighten(leg: Leg, candidate: Decimal) -> Leg:
    """The leg with the stop moved, if that is tighter; a stop never loosens."""
    current = leg.stop_price
    if current is None:
        return replace(leg, stop_price=candidate)
    is_long = leg.position_side is PositionSide.LONG
    tighter = candidate > current if is_long else candidate < current
    return replace(leg, stop_price=candidate) if tighter else leg


def break_even(leg: Leg, price: Decimal, at_ratio: Decimal, offset_ratio: Decimal) -> Leg:
    """Stop at the entry plus an offset, once the gain reached `at_ratio`."""
    trigger = favourable(leg, at_ratio)
    is_long = leg.position_side is PositionSide.LONG
    reached = price >= trigger if is_long else price <= trigger
    return tighten(leg, favourable(leg, offset_ratio)) if reached else leg
