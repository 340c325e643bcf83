"""Quantities rounded up or to the nearest: the risk is exceeded."""

import math
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal


class Sizer:
    def __init__(self, step: Decimal) -> None:
        self.step = step

    def contracts(self, risk: Decimal, distance: Decimal) -> int:
        return math.ceil(risk / distance)  # expect: T09

    def quantity(self, risk: Decimal, distance: Decimal) -> Decimal:
        raw_quantity = risk / distance
        return raw_quantity.quantize(self.step, rounding=ROUND_HALF_EVEN)  # expect: T09

    def order_quantity(self, quantity: Decimal) -> Decimal:
        steps = (quantity / self.step).to_integral_value(ROUND_CEILING)  # expect: T09
        return steps * self.step
