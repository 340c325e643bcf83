"""Legs from fills: what each execution does to the leg it names, and to nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal

from bot_trading.domain.fill import Fill, FundingPayment
from bot_trading.domain.position import PositionLeg
from bot_trading.errors import InvariantBroken

__all__ = ["LifeBooked", "apply_fill", "apply_funding", "apply_in_order", "unrealized_pnl"]

FILLS_MAX = 500  # Of a life so many of the newest fills can still be told in another order.
_ENTRY_VALUE_STEP = Decimal("1E-8")  # The unit in which exchanges keep money.


@dataclass(slots=True)
class LifeBooked:
    """What was booked of the present life of a leg since we listen: the leg before, and its newest
    fills by the exchange's time; the older ones are part of the leg before."""

    before: PositionLeg
    fills: list[Fill] = field(default_factory=list)


def apply_in_order(leg: PositionLeg, fill: Fill, booked: LifeBooked) -> PositionLeg:
    """The leg after one execution, at its place in the exchange's time, which `booked` takes in.

    What a closing fill realises depends on the fills before it. One that is told late is therefore
    booked where it belongs, and those after it once more. Where the leg was flat in between, cost
    and result are those of both lives, as in the wallet, and the leg goes on with the life that it
    had here. Where more would be closed than was held, the fill is booked as it came.

    Raises what `apply_fill` raises.
    """
    fills, stamp_us = booked.fills, fill.ts_event_us
    at = len(fills)
    while at and fills[at - 1].ts_event_us > stamp_us:
        at -= 1
    as_it_came = apply_fill(leg, fill)
    is_late = at < len(fills)
    fills.insert(at, fill)
    held_now = _in_place(as_it_came, booked) if is_late else as_it_came
    _forget_oldest(booked, held_now)
    return held_now


def _in_place(as_it_came: PositionLeg, booked: LifeBooked) -> PositionLeg:
    """The leg with its fills booked once more in their order, or `as_it_came`."""
    held = booked.before
    for each in booked.fills:
        if not each.is_opening and each.last_qty > held.quantity:
            return as_it_came
        held = apply_fill(held, each)
    if held.quantity != as_it_came.quantity:
        return as_it_came
    paid = replace(as_it_came, entry_value=held.entry_value, realized_pnl=held.realized_pnl)
    if held.episode != as_it_came.episode:
        return paid
    return replace(paid, entered_qty=held.entered_qty, ts_opened_us=held.ts_opened_us)


def _forget_oldest(booked: LifeBooked, held_now: PositionLeg) -> None:
    """Let the oldest fill become part of the leg before; a late one still finds its place among
    those that are kept, and comes first where it is older than all of them."""
    if len(booked.fills) <= FILLS_MAX:
        return
    oldest, before = booked.fills[0], booked.before
    if not oldest.is_opening and oldest.last_qty >= before.quantity:
        booked.before = held_now  # They are in no order that could be: what came of them counts.
        booked.fills.clear()
        return
    booked.before = apply_fill(before, oldest)
    del booked.fills[0]


def apply_fill(leg: PositionLeg, fill: Fill) -> PositionLeg:
    """The leg after one execution.

    An opening fill adds its value to `entry_value`; a closing one takes out its share, so that the
    average entry price stays (Bybit: "closing does not change it"). The share is rounded half-even
    to 1e-8, as the wallet is, while the leg stays open and is exact when it closes, so over a life
    from flat to flat realised P&L is exactly exit value − entry value, with the sign of the leg.

    A late fill does not make the leg older: the store keeps the version that is stamped newest.

    Raises `InvariantBroken` when the fill names another leg or closes more than is held: a leg
    never flips sign.
    """
    if fill.leg_id != leg.leg_id:
        raise InvariantBroken(f"fill {fill.trade_id} of {fill.leg_id} was booked on {leg.leg_id}")
    value = fill.last_qty * fill.last_px
    if fill.is_opening:
        return replace(
            leg,
            quantity=leg.quantity + fill.last_qty,
            entered_qty=fill.last_qty if leg.is_flat else leg.entered_qty + fill.last_qty,
            entry_value=leg.entry_value + value,
            commission=leg.commission + fill.commission,
            episode=leg.episode + 1 if leg.is_flat else leg.episode,
            ts_opened_us=fill.ts_event_us if leg.is_flat else leg.ts_opened_us,
            ts_updated_us=max(leg.ts_updated_us, fill.ts_event_us),
        )
    if fill.last_qty > leg.quantity:
        raise InvariantBroken(
            f"fill {fill.trade_id} closes {fill.last_qty} of {leg.leg_id}, which holds "
            f"{leg.quantity}"
        )
    share = leg.entry_value
    if fill.last_qty < leg.quantity:
        share = (leg.entry_value * fill.last_qty / leg.quantity).quantize(
            _ENTRY_VALUE_STEP, ROUND_HALF_EVEN
        )
    gain = value - share if leg.leg_id.is_long else share - value
    return replace(
        leg,
        quantity=leg.quantity - fill.last_qty,
        entry_value=leg.entry_value - share,
        realized_pnl=leg.realized_pnl + gain,
        commission=leg.commission + fill.commission,
        ts_updated_us=max(leg.ts_updated_us, fill.ts_event_us),
    )


def apply_funding(leg: PositionLeg, payment: FundingPayment) -> PositionLeg:
    """The leg after a funding settlement; quantity and cost do not change."""
    if payment.leg_id != leg.leg_id:
        raise InvariantBroken(f"funding {payment.trade_id} was booked on {leg.leg_id}")
    return replace(
        leg,
        funding=leg.funding + payment.amount,
        ts_updated_us=max(leg.ts_updated_us, payment.ts_event_us),
    )


def unrealized_pnl(leg: PositionLeg, price: Decimal) -> Decimal:
    """Value at `price` less what it cost, in quote coin, above zero when the leg gains."""
    difference = leg.quantity * price - leg.entry_value
    return difference if leg.leg_id.is_long else -difference
