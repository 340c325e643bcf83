"""Pages, waits and fees may be rounded up; the quantity goes down."""

import math
from decimal import ROUND_DOWN, ROUND_UP, Decimal

CENT = Decimal("0.01")


def pages(rows: int, per_page: int) -> int:
    return math.ceil(rows / per_page)


def fee_estimate(notional: Decimal, rate: Decimal) -> Decimal:
    return (notional * rate).quantize(CENT, rounding=ROUND_UP)


def quantity(risk: Decimal, distance: Decimal, step: Decimal) -> Decimal:
    steps = (risk / distance / step).to_integral_value(rounding=ROUND_DOWN)
    return steps * step
