"""Stop and target of an entry: where they rest, and when time is up."""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.instrument import Instrument, LegId
from bot_trading.domain.position import LegProtection, PositionLeg, is_looser
from bot_trading.domain.signal import BarrierSpec

__all__ = ["bracket", "is_expired", "missing_protection", "widened_never"]


def bracket(
    spec: BarrierSpec, leg_id: LegId, entry_px: Decimal, instrument: Instrument
) -> LegProtection | None:
    """Stop and target at their distances from `entry_px`, both rounded towards the entry.

    Rounding the stop towards the entry never raises what is risked. None when a distance is below
    one tick, so that no level would be left on its own side of the price.
    """
    away_from_loss = leg_id.is_long
    sign = 1 if leg_id.is_long else -1
    stop = instrument.price_for(entry_px * (1 - sign * spec.stop_ratio), towards_up=away_from_loss)
    target = instrument.price_for(
        entry_px * (1 + sign * spec.target_ratio), towards_up=not away_from_loss
    )
    on_own_sides = sign * (entry_px - stop) > 0 and sign * (target - entry_px) > 0
    if not on_own_sides or stop <= 0 or target <= 0:
        return None
    return LegProtection(leg_id=leg_id, stop_loss=stop, take_profit=target)


def widened_never(new: LegProtection, current: LegProtection | None) -> LegProtection:
    """`new`, unless the current stop is tighter: a stop never loosens.

    A leg that already has a target keeps it; a further entry does not move it.
    """
    if current is None:
        return new
    looser = is_looser(new.leg_id, new.stop_loss, current.stop_loss)
    return LegProtection(
        leg_id=new.leg_id,
        stop_loss=current.stop_loss if looser else new.stop_loss,
        take_profit=current.take_profit or new.take_profit,
    )


def missing_protection(
    leg: PositionLeg, wanted: LegProtection, resting: LegProtection | None
) -> LegProtection | None:
    """What must be set so that the open leg is protected as wanted, or None when it is.

    A stop that rests tighter than wanted is left alone.
    """
    if leg.is_flat:
        return None
    if resting is None:
        return wanted
    if is_looser(leg.leg_id, resting.stop_loss, wanted.stop_loss):
        return wanted
    if wanted.take_profit is not None and resting.take_profit is None:
        return LegProtection(
            leg_id=leg.leg_id, stop_loss=resting.stop_loss, take_profit=wanted.take_profit
        )
    return None


def is_expired(leg: PositionLeg, spec: BarrierSpec, now_us: int) -> bool:
    """True when the leg has been open for its horizon without touching stop or target."""
    return not leg.is_flat and now_us - leg.ts_opened_us >= spec.horizon_s * 1_000_000
