"""A fill from the wire, its money as binary fractions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fill:
    symbol: str
    price: float  # expect: T08@fill
    quantity: float  # expect: T08@fill

    @classmethod
    def from_wire(cls, row: dict) -> "Fill":
        price = float(row["execPrice"])  # expect: T08@fill
        quantity = float(row["execQty"])  # expect: T08@fill
        return cls(row["symbol"], price, quantity)


def notional(fills: list[Fill]) -> float:
    return sum(fill.price * fill.quantity for fill in fills)
