from decimal import ROUND_HALF_EVEN, Decimal

CONTEXT_ROUNDING = ROUND_HALF_EVEN


def order_quantity(risk: Decimal, distance: Decimal, step: Decimal) -> Decimal:
    steps = (risk / distance / step).to_integral_value(rounding=CONTEXT_ROUNDING)  # expect: T09
    return steps * step


def qty_string(quantity: Decimal) -> str:
    return f"{quantity:.3f}"  # expect: T09
