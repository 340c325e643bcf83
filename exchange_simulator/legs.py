"""Arithmetic of one leg: what a fill opens, closes and realises.

The cost of the closed part is its share of the leg's cost, rounded to the wallet's unit; the rest
stays in the leg. So a leg that was opened and closed realises exactly what was received less what
was paid, whatever was rounded on the way.
"""

from dataclasses import dataclass
from decimal import Decimal

from exchange_simulator.model import ZERO, Leg, Side
from exchange_simulator.state import money

__all__ = ["LegChange", "fill_leg"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegChange:
    """What a fill did to a leg: quantities closed and opened, and money."""

    closed_qty: Decimal
    opened_qty: Decimal
    entry_value: Decimal
    realised: Decimal
    open_fee: Decimal


def fill_leg(leg: Leg, side: Side, qty: Decimal, price: Decimal, fee: Decimal) -> LegChange:
    """Apply a fill to a leg in place; a fill on the other side closes first, then opens."""
    closed_qty = min(qty, leg.qty) if leg.side is not None and leg.side is not side else ZERO
    opened_qty = qty - closed_qty
    entry_value = realised = open_fee = ZERO
    if closed_qty:
        entry_value, open_fee = _take_out(leg, closed_qty)
        realised = (closed_qty * price - entry_value) * -side.sign
    if leg.qty == 0:
        leg.side = side if opened_qty else None
    if opened_qty:
        share = fee if not closed_qty else money(fee * opened_qty / qty)
        leg.qty += opened_qty
        leg.cost += opened_qty * price
        leg.open_fees += share
    return LegChange(
        closed_qty=closed_qty,
        opened_qty=opened_qty,
        entry_value=entry_value,
        realised=realised,
        open_fee=open_fee,
    )


def _take_out(leg: Leg, closed_qty: Decimal) -> tuple[Decimal, Decimal]:
    """Remove a part of the leg; return the cost and the opening fees that go with it."""
    if closed_qty == leg.qty:
        cost, fees = leg.cost, leg.open_fees
    else:
        cost = money(leg.cost * closed_qty / leg.qty)
        fees = money(leg.open_fees * closed_qty / leg.qty)
    leg.qty -= closed_qty
    leg.cost -= cost
    leg.open_fees -= fees
    return cost, fees
