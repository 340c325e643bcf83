"""The trailing stop, and how volatility and time shorten distances.

The ratchet has no memory of its own: a stop is proposed at its distance from the price of now, and
the stop that rests already is only ever replaced by a tighter one. With a constant distance this is
the same as following the best price seen, and a restart forgets nothing.
"""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.instrument import Instrument
from bot_trading.domain.position import NativeTrailing, PositionLeg
from bot_trading.sltp.policy import ExitPolicy, TrailingStop, TrailingType
from bot_trading.sltp.protection import StopIdea, at_gain

__all__ = ["is_wild", "native_trailing", "tightening", "trailing_distance", "trailing_stop"]

_HUNDREDTH = Decimal("0.01")
_ONE = Decimal(1)


def tightening(policy: ExitPolicy, price: Decimal, atr: Decimal | None, held_us: int) -> Decimal:
    """What distances are multiplied by, in (0, 1]: they shrink with time and calm, never widen.

    An unknown ATR shortens nothing.
    """
    ratio = _ONE
    time, volatility = policy.time_adjustment, policy.volatility_adjustment
    if time is not None and held_us >= time.tighten_after_s * 1_000_000:
        ratio *= time.tighten_ratio
    if volatility is None or atr is None:
        return ratio
    is_calm = atr < volatility.calm_below_atr_percent * _HUNDREDTH * price
    return ratio * volatility.tighten_ratio if is_calm else ratio


def is_wild(policy: ExitPolicy, price: Decimal, atr: Decimal | None) -> bool:
    """True when ATR is above what the policy lets a leg live through."""
    volatility = policy.volatility_adjustment
    if volatility is None or volatility.close_above_atr_percent is None or atr is None:
        return False
    return atr > volatility.close_above_atr_percent * _HUNDREDTH * price


def trailing_distance(
    trailing: TrailingStop, price: Decimal, atr: Decimal | None, ratio: Decimal
) -> Decimal | None:
    """Quote coin between price and stop, within the policy's bounds; None while ATR is unknown."""
    hundredth = price * _HUNDREDTH
    distance = _raw_distance(trailing, hundredth, atr)
    if distance is None:
        return None
    distance = min(distance * ratio, trailing.max_distance_percent * hundredth)
    return max(distance, trailing.min_distance_percent * hundredth)


def _raw_distance(
    trailing: TrailingStop, hundredth: Decimal, atr: Decimal | None
) -> Decimal | None:
    if trailing.kind is TrailingType.FIXED:
        return trailing.distance_usdt
    if trailing.kind is TrailingType.ATR:
        return None if atr is None or trailing.atr_multiple is None else atr * trailing.atr_multiple
    if trailing.distance_percent is None:
        return None
    distance = trailing.distance_percent * hundredth
    if trailing.kind is TrailingType.PERCENTAGE:
        return distance
    if atr is None or trailing.atr_reference_percent is None:
        return None
    return distance * atr / (trailing.atr_reference_percent * hundredth)


def trailing_stop(
    trailing: TrailingStop,
    leg: PositionLeg,
    price: Decimal,
    instrument: Instrument,
    *,
    stop: Decimal | None,
    atr: Decimal | None = None,
    ratio: Decimal = _ONE,
) -> StopIdea | None:
    """The stop that follows the price, or None: not active yet, or the move is below one step.

    `stop` is what is wanted already; the new one is rounded away from the price, so that the
    distance is never below what was decided.
    """
    average = leg.avg_px
    if average is None:
        return None
    is_long = leg.leg_id.is_long
    gained = price - average if is_long else average - price
    if gained < trailing.activation_percent * average * _HUNDREDTH:
        return None
    distance = trailing_distance(trailing, price, atr, ratio)
    if distance is None:
        return None
    wanted = price - distance if is_long else price + distance
    idea = StopIdea(
        instrument.price_for(wanted, towards_up=not is_long), f"trailing by {trailing.kind}"
    )
    if stop is None:
        return idea
    moved = idea.stop_loss - stop if is_long else stop - idea.stop_loss
    return idea if moved >= trailing.step_percent * price * _HUNDREDTH else None


def native_trailing(
    trailing: TrailingStop, leg: PositionLeg, price: Decimal, instrument: Instrument
) -> NativeTrailing | None:
    """What the exchange is asked to follow an open leg with, or None where the bot trails.

    Activation is rounded towards more gain and the distance up, both to the tick. A price that has
    gained enough already needs no activation, which an exchange would refuse.
    """
    if not trailing.native or leg.is_flat:
        return None
    active_px = at_gain(leg, trailing.activation_percent, instrument)
    is_active = price >= active_px if leg.leg_id.is_long else price <= active_px
    distance = trailing_distance(trailing, active_px, None, _ONE)
    if distance is None:
        return None
    return NativeTrailing(
        distance=instrument.price_for(distance, towards_up=True),
        active_px=None if is_active else active_px,
    )
