"""Sizes of the legs are what the last position message said, whenever it was made."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Positions:
    size: dict[tuple[str, int], Decimal] = field(default_factory=dict)
    messages: int = 0

    def on_position(self, message: dict) -> None:
        self.messages += 1
        for row in message["data"]:
            leg = (row["symbol"], row["positionIdx"])
            self.size[leg] = Decimal(row["size"])  # expect: T15

    def gross(self) -> Decimal:
        return sum(self.size.values(), Decimal(0))
