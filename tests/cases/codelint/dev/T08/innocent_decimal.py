"""Decimal for money; float for what is no money."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    symbol: str
    quantity: Decimal
    price: Decimal
    confidence_ratio: float
    latency_ms: float


def notional(row: dict) -> Decimal:
    return Decimal(row["price"]) * Decimal(row["qty"])


def stop_price(entry: Decimal, is_long: bool) -> Decimal:
    return entry * (Decimal("0.98") if is_long else Decimal("1.02"))


def confidence_of(reply: dict) -> float:
    return float(reply["confidence"])
