"""The take-profit ladder: exact quantities, too small levels merged, each level closed once.

Rules, also for a leg that is scaled in while it is open:

* Ratios are parts of everything that was entered in this life of the leg.
* A level that has begun to fill keeps its quantity and its price, and is never opened again.
* Other levels follow the average entry price and the entered quantity as these change.
* Levels are served nearest first: together they never close more than is open.
* A level below the exchange's minimum is closed with the next one; a rest below the minimum, which
  could not be closed later, is closed with the last.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.exits import LadderRung, RungStatus
from bot_trading.domain.instrument import Instrument
from bot_trading.domain.position import PositionLeg
from bot_trading.sltp.policy import LadderExecution, LadderLevel, PartialTakeProfit

__all__ = ["due_rungs", "order_quantity", "plan_ladder", "rung_filled"]

_ZERO = Decimal(0)
_HUNDREDTH = Decimal("0.01")


def plan_ladder(
    ladder: PartialTakeProfit,
    leg: PositionLeg,
    instrument: Instrument,
    rungs: Sequence[LadderRung] = (),
) -> tuple[LadderRung, ...]:
    """The rungs of an open leg, one for each level, by the rules of this module.

    `rungs` are those of the same life as planned before. Cumulative ratios are rounded down to the
    step, so that the rungs and the rest sum to the leg exactly.
    """
    known = {rung.level: rung for rung in rungs}
    begun = {level: rung for level, rung in known.items() if rung.filled_qty > 0}
    free = leg.quantity - sum((rung.remaining_qty for rung in begun.values()), _ZERO)
    planned: list[LadderRung] = []
    ratio = cumulative = carried = _ZERO
    for number, level in enumerate(ladder.levels, start=1):
        ratio += level.close_ratio
        before, cumulative = cumulative, _share(leg, ratio, instrument)
        if number in begun:
            planned.append(begun[number])
            continue
        price = rung_price(leg, level, instrument)
        wanted = cumulative - before + carried
        quantity = min(wanted, max(free, _ZERO))
        if _is_too_small(quantity, price, instrument):
            carried, quantity = wanted, _ZERO
        else:
            carried, free = _ZERO, free - quantity
        planned.append(_rung(leg, number, level, quantity, price, known.get(number)))
    return _with_rest(planned, free, instrument)


def rung_price(leg: PositionLeg, level: LadderLevel, instrument: Instrument) -> Decimal:
    """The level's price on the tick grid, rounded towards the entry as every target is."""
    sign = 1 if leg.leg_id.is_long else -1
    price = _average(leg) * (1 + sign * level.percent * _HUNDREDTH)
    return instrument.price_for(price, towards_up=not leg.leg_id.is_long)


def due_rungs(
    ladder: PartialTakeProfit,
    leg: PositionLeg,
    price: Decimal,
    rungs: Sequence[LadderRung],
    busy: Collection[int] = (),
) -> list[LadderRung]:
    """The rungs that an order has to be sent for now, nearest first.

    Resting rungs are due at any price; those on touch when the price has reached them, all of them
    when it jumped across several. `busy` are the levels whose last order is not settled: none of
    them is sent twice.
    """
    rests = ladder.execution is LadderExecution.RESTING
    is_long = leg.leg_id.is_long
    due = []
    for rung in rungs:
        if rung.filled_qty >= rung.quantity or rung.level in busy:
            continue
        if rests or (price >= rung.price if is_long else price <= rung.price):
            due.append(rung)
    return due


def order_quantity(
    rung: LadderRung, leg: PositionLeg, instrument: Instrument, quantity_max: Decimal
) -> Decimal:
    """What one order for the rung may close, on the step: never more than is open or than an order
    may hold."""
    return instrument.quantity_down(min(rung.remaining_qty, leg.quantity, quantity_max))


def rung_filled(rung: LadderRung, last_qty: Decimal) -> LadderRung:
    """The rung after a fill of one of its orders; FILLED once nothing remains.

    A fill beyond the plan (an order that was larger than the plan has become since) raises the
    plan, so that what a level closed is never hidden.
    """
    filled = rung.filled_qty + last_qty
    quantity = max(rung.quantity, filled)
    status = RungStatus.FILLED if filled >= quantity else rung.status
    return replace(rung, filled_qty=filled, quantity=quantity, status=status)


def _share(leg: PositionLeg, ratio: Decimal, instrument: Instrument) -> Decimal:
    """What the levels up to here close together; a ratio of 1 is all of it, off the step or not."""
    if ratio == 1:
        return leg.entered_qty
    return instrument.quantity_down(leg.entered_qty * ratio)


def _is_too_small(quantity: Decimal, price: Decimal, instrument: Instrument) -> bool:
    return quantity < instrument.min_qty or quantity * price < instrument.min_notional


def _average(leg: PositionLeg) -> Decimal:
    if leg.avg_px is None:
        raise ValueError(f"{leg.leg_id} is flat: it has no ladder")
    return leg.avg_px


def _rung(
    leg: PositionLeg,
    number: int,
    level: LadderLevel,
    quantity: Decimal,
    price: Decimal,
    before: LadderRung | None,
) -> LadderRung:
    """The rung as planned now; what was sent for it before is remembered."""
    status = RungStatus.PLANNED if quantity else RungStatus.MERGED
    if before is None:
        return LadderRung(
            leg_id=leg.leg_id,
            episode=leg.episode,
            level=number,
            percent=level.percent,
            close_ratio=level.close_ratio,
            quantity=quantity,
            price=price,
            status=status,
            cause="entry" if quantity else "below the exchange's minimum",
        )
    is_known = before.quantity == quantity and before.price == price
    if is_known and before.status is not RungStatus.CANCELED:
        return before
    if quantity and before.status is RungStatus.SENT:
        status = RungStatus.SENT
    return replace(
        before,
        percent=level.percent,
        close_ratio=level.close_ratio,
        quantity=quantity,
        price=price,
        status=status,
        cause="the leg changed" if quantity else "below the exchange's minimum",
    )


def _with_rest(
    planned: list[LadderRung], free: Decimal, instrument: Instrument
) -> tuple[LadderRung, ...]:
    """The rungs; a rest too small to be closed alone goes to the last one that can take it."""
    if free > 0:
        for at in reversed(range(len(planned))):
            rung = planned[at]
            if rung.filled_qty == 0 and rung.quantity > 0:
                if _is_too_small(free, rung.price, instrument):
                    planned[at] = replace(rung, quantity=rung.quantity + free)
                break
    return tuple(planned)
