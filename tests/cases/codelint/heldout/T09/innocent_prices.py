"""A buy's limit price goes down to the tick, a sell's up: both are against us by choice."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal


def limit_price(price: Decimal, tick: Decimal, side: str) -> Decimal:
    rounding = ROUND_FLOOR if side == "Buy" else ROUND_CEILING
    return (price / tick).to_integral_value(rounding=rounding) * tick


def funding_due(notional: Decimal, rate: Decimal) -> Decimal:
    return (notional * rate).quantize(Decimal("0.00000001"), rounding=ROUND_CEILING)
