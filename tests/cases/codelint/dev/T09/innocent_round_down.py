"""Quantities go down; what we must hold ready goes up; reports round as they like."""

import math
from decimal import ROUND_DOWN, ROUND_UP, Decimal


def round_quantity(quantity: Decimal, step: Decimal) -> Decimal:
    return (quantity / step).to_integral_value(rounding=ROUND_DOWN) * step


def lots(quantity: Decimal, lot: Decimal) -> Decimal:
    return quantity // lot * lot


def required_margin(notional: Decimal, leverage: Decimal) -> Decimal:
    return (notional / leverage).quantize(Decimal("0.01"), rounding=ROUND_UP)


def pages(rows: int, page: int) -> int:
    return math.ceil(rows / page)


def shown_ratio(ratio: Decimal) -> str:
    return f"{round(ratio * 100, 1)} %"
