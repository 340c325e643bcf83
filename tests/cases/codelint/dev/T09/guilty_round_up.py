"""Quantities that come out larger than the risk allowed."""

import math
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal


def round_quantity(quantity: Decimal, step: Decimal) -> Decimal:
    return quantity.quantize(step, rounding=ROUND_HALF_UP)  # expect: T09


def lots(quantity: Decimal, lot: Decimal) -> Decimal:
    return (quantity / lot).to_integral_value(rounding=ROUND_UP) * lot  # expect: T09


def position_size(risk: Decimal, distance: Decimal, step: Decimal) -> Decimal:
    quantity = risk / distance
    return math.ceil(quantity / step) * step  # expect: T09
