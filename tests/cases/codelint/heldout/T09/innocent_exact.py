"""Quantities that are already multiples are only checked; rounding of latencies is no risk."""

from decimal import Decimal


def checked(quantity: Decimal, step: Decimal) -> Decimal:
    if quantity % step:
        raise ValueError(f"quantity {quantity} is no multiple of {step}")
    return quantity


def latency_ms(samples: list[int]) -> int:
    return round(sum(samples) / len(samples) / 1000)


def tick_count(price: Decimal, tick: Decimal) -> int:
    return int(price // tick)
