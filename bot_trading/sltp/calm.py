"""Up to which price an open leg goes on wanting nothing: it spares deciding at all those prices.

What is not wanted yet waits for a price with more gain: a trigger, or one beyond a stop that cannot
rest yet. What could be wanted already was found to be no tighter than the stop that is. So nothing
changes until the price reaches the nearest that is waited for, or something else of the leg does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.exits import LadderRung
from bot_trading.domain.instrument import Instrument
from bot_trading.domain.position import PositionLeg
from bot_trading.sltp.policy import ExitPolicy, LadderExecution, TrailingStop
from bot_trading.sltp.protection import StopIdea, executed_stops, profit_stop, tightened_stop
from bot_trading.sltp.trailing import trailing_distance

__all__ = ["Calm", "calm_until"]

_HUNDREDTH = Decimal("0.01")
# A price counts as reached this part earlier, so that no rounded 28th digit ever decides.
_EARLIER = Decimal("1E-12")


@dataclass(frozen=True, slots=True)
class Calm:
    """What a leg rested on when it wanted no other stop, and the price from which on it may.

    It holds while leg, stop, rungs and ATR are these very values and distances are as short: at any
    price with less gain than `until_px`.
    """

    leg: PositionLeg
    stop: Decimal
    rungs: Sequence[LadderRung]
    atr: Decimal | None
    ratio: Decimal
    until_px: Decimal


def calm_until(
    policy: ExitPolicy,
    leg: PositionLeg,
    instrument: Instrument,
    rungs: Sequence[LadderRung],
    *,
    price: Decimal,
    stop: Decimal,
    atr: Decimal | None,
    ratio: Decimal,
) -> Decimal | None:
    """The price from which on something may be wanted of an open leg that wants nothing at `price`
    while its stop is at `stop`; None where the very next price may change that.

    `ratio` is what shortens distances now; see `trailing.tightening`.
    """
    average = leg.avg_px
    if average is None:
        return None
    is_long = leg.leg_id.is_long
    awaited = list(_gains_awaited(policy, average, is_long=is_long))
    awaited += _stops_awaited(policy, leg, instrument, rungs, price, ratio)
    ahead = [each for each in awaited if (each >= price if is_long else each <= price)]
    ladder = policy.partial_take_profit
    if ladder is not None and ladder.execution is LadderExecution.ON_TOUCH:
        ahead += [rung.price for rung in rungs if rung.remaining_qty > 0]
    trailing = policy.trailing_stop
    if trailing is not None and not trailing.native:
        distance = trailing_distance(trailing, price, atr, ratio)
        gained = price - average if is_long else average - price
        if distance is not None and gained >= trailing.activation_percent * average * _HUNDREDTH:
            ahead.append(_step_awaited(trailing, price, stop, distance, is_long=is_long))
    until_px = _nearest(ahead, is_long=is_long)
    is_calm = price < until_px if is_long else price > until_px
    return until_px if is_calm else None


def _nearest(ahead: list[Decimal], *, is_long: bool) -> Decimal:
    """The first that a gaining price reaches, and a trifle before it; beyond all without any."""
    if is_long:
        return min(ahead, default=Decimal("Infinity")) * (1 - _EARLIER)
    return max(ahead, default=Decimal(0)) * (1 + _EARLIER)


def _gains_awaited(policy: ExitPolicy, average: Decimal, *, is_long: bool) -> Iterator[Decimal]:
    """The prices at which break-even, locks and the trailing stop begin to count."""
    percents = []
    protection, trailing = policy.profit_protection, policy.trailing_stop
    if protection is not None:
        percents.append(protection.breakeven_percent)
        percents += [lock.trigger_percent for lock in protection.lock_levels]
    if trailing is not None and not trailing.native:
        percents.append(trailing.activation_percent)
    for percent in percents:
        gain = average * percent * _HUNDREDTH
        yield average + gain if is_long else average - gain


def _stops_awaited(
    policy: ExitPolicy,
    leg: PositionLeg,
    instrument: Instrument,
    rungs: Sequence[LadderRung],
    price: Decimal,
    ratio: Decimal,
) -> Iterator[Decimal]:
    """Stops that would be asked for at this price if they could rest: they wait to be passed."""
    protection = policy.profit_protection
    ideas: list[StopIdea | None] = [*executed_stops(policy, leg, rungs, instrument)]
    if protection is not None:
        ideas.append(profit_stop(protection, leg, price, instrument))
    ideas.append(tightened_stop(policy, leg, ratio, instrument))
    return (idea.stop_loss for idea in ideas if idea is not None)


def _step_awaited(
    trailing: TrailingStop, price: Decimal, stop: Decimal, distance: Decimal, *, is_long: bool
) -> Decimal:
    """Where an active trailing stop is next worth a move: at least a step beyond the stop.

    With more gain a distance from below grows or stays, and one from above shrinks no faster than
    the price does (each is bounded by parts of the price): so no move comes before this one.
    """
    step = trailing.step_percent * _HUNDREDTH
    if is_long:
        return (stop + distance) / (1 - step)
    return stop / (1 + step + distance / price)
