"""Profit protection: where the stop goes once the price has gained enough; never back.

Everything here looks at the price of now and at what has been executed, and remembers nothing: the
stop that rests is the memory. So a restart changes no decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.exits import LadderRung, RungStatus
from bot_trading.domain.instrument import Instrument
from bot_trading.domain.position import PositionLeg
from bot_trading.sltp.policy import ExitPolicy, ProfitProtection

__all__ = [
    "StopIdea",
    "at_gain",
    "executed_stops",
    "on_its_side",
    "profit_stop",
    "tightened_stop",
    "tighter",
    "update_sl_after_partial",
]

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class StopIdea:
    """A stop price on the tick grid, and why it should be there."""

    stop_loss: Decimal
    cause: str


def at_gain(leg: PositionLeg, percent: Decimal, instrument: Instrument) -> Decimal:
    """The price at `percent` of gain from the average entry, rounded towards more gain."""
    average = leg.avg_px
    if average is None:
        raise ValueError(f"{leg.leg_id} is flat: nothing protects it")
    return _at_gain(average, leg.leg_id.is_long, percent, instrument)


def _at_gain(average: Decimal, is_long: bool, percent: Decimal, instrument: Instrument) -> Decimal:
    change = average * percent * _HUNDREDTH
    return instrument.price_for(
        average + change if is_long else average - change, towards_up=is_long
    )


def on_its_side(idea: StopIdea | None, leg: PositionLeg, price: Decimal) -> StopIdea | None:
    """The idea, unless the price is at it or beyond it: no stop can rest there."""
    if idea is None:
        return None
    is_beyond = price <= idea.stop_loss if leg.leg_id.is_long else price >= idea.stop_loss
    return None if is_beyond else idea


def tighter(leg: PositionLeg, left: StopIdea | None, right: StopIdea | None) -> StopIdea | None:
    """The one that risks less; the left one when they are equal."""
    if left is None or right is None:
        return right if left is None else left
    if leg.leg_id.is_long:
        return right if right.stop_loss > left.stop_loss else left
    return right if right.stop_loss < left.stop_loss else left


def profit_stop(
    protection: ProfitProtection, leg: PositionLeg, price: Decimal, instrument: Instrument
) -> StopIdea | None:
    """Break-even or the highest lock whose trigger the price has reached, or None below all."""
    average = leg.avg_px
    if average is None:
        return None
    is_long = leg.leg_id.is_long
    gained = price - average if is_long else average - price
    hundredth = average * _HUNDREDTH
    if gained < protection.breakeven_percent * hundredth:
        return None
    for number in range(len(protection.lock_levels), 0, -1):
        lock = protection.lock_levels[number - 1]
        if gained >= lock.trigger_percent * hundredth:
            stop = _at_gain(average, is_long, lock.lock_percent, instrument)
            return StopIdea(stop, f"profit lock {number}")
    stop = _at_gain(average, is_long, protection.breakeven_offset_percent, instrument)
    return StopIdea(stop, "break-even")


def executed_stops(
    policy: ExitPolicy, leg: PositionLeg, rungs: Sequence[LadderRung], instrument: Instrument
) -> Iterator[StopIdea]:
    """What each executed level asks for: break-even for the first, the level before it for each
    further one."""
    ladder, protection = policy.partial_take_profit, policy.profit_protection
    if ladder is None or not ladder.update_sl_after_partial:
        return
    before = None
    for rung in rungs:
        if rung.status is not RungStatus.FILLED:
            continue
        if before is None:
            offset = protection.breakeven_offset_percent if protection else Decimal(0)
            stop = at_gain(leg, offset, instrument)
        else:
            stop = before.price
        yield StopIdea(stop, f"ladder level {rung.level} was executed")
        before = rung


def update_sl_after_partial(
    policy: ExitPolicy,
    leg: PositionLeg,
    rungs: Sequence[LadderRung],
    instrument: Instrument,
    price: Decimal,
) -> StopIdea | None:
    """The tightest stop of all executed levels that can rest at `price`: a wick may leave the price
    behind the furthest."""
    best = None
    for idea in executed_stops(policy, leg, rungs, instrument):
        best = tighter(leg, on_its_side(idea, leg, price), best)
    return best


def tightened_stop(
    policy: ExitPolicy, leg: PositionLeg, ratio: Decimal, instrument: Instrument
) -> StopIdea | None:
    """The first stop at `ratio` of its distance, or None at the whole distance."""
    if ratio >= 1:
        return None
    stop = at_gain(leg, -policy.stop_loss_percent * ratio, instrument)
    return StopIdea(stop, "time or calm tightened the stop")
