"""Floor for quantities; half-even for a report; up for what we must reserve."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal


def quantity(raw: Decimal, step: Decimal) -> Decimal:
    return (raw / step).to_integral_value(rounding=ROUND_FLOOR) * step


def reserve(margin: Decimal) -> Decimal:
    return margin.quantize(Decimal("0.01"), rounding=ROUND_CEILING)


def shown(pnl: Decimal) -> str:
    return str(pnl.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))


def fee(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.00000001"), rounding=ROUND_CEILING)
