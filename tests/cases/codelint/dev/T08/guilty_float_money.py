"""Money in binary fractions."""

from dataclasses import dataclass


@dataclass
class Order:
    symbol: str
    quantity: float  # expect: T08
    price: float  # expect: T08
    confidence: float = 0.0


def notional(row: dict):
    price = float(row["price"])  # expect: T08
    return price * int(row["lots"])


def stop_price(entry, is_long: bool):
    return entry * 0.98 if is_long else entry * 1.02  # expect: T08
