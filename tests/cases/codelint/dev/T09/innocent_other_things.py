"""Rounding upward of what we pay and of what we count; nothing grows in risk."""

from decimal import ROUND_UP, Decimal


def commission(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_UP)


def initial_margin(notional: Decimal, leverage: Decimal) -> Decimal:
    return (notional / leverage).quantize(Decimal("0.01"), rounding=ROUND_UP)


def shown_percent(value: Decimal) -> str:
    return f"{value:.2f} %"
