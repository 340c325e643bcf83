"""Quantities go down; what is shown to people may be rounded as one likes."""

import math
from decimal import ROUND_DOWN, ROUND_UP, Decimal


def order_quantity(quantity: Decimal, step: Decimal) -> Decimal:
    return (quantity / step).to_integral_value(rounding=ROUND_DOWN) * step


def contracts(risk: Decimal, distance: Decimal) -> int:
    return math.floor(risk / distance)


def pages(rows: int, size: int) -> int:
    return math.ceil(rows / size)


def fee_reserve(fee: Decimal) -> Decimal:
    return fee.quantize(Decimal("0.01"), rounding=ROUND_UP)


def shown(ratio: float) -> str:
    return f"{round(100 * ratio, 1)} %"
